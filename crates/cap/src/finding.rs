//! What can be wrong with a message: a closed list, each kind with its weight and its key in the catalogues.
//!
//! In: where and which value. Out: a [`Finding`]. Can't happen: a kind without a key or a weight.

use std::fmt;

use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// Whether a message may go out with a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// It may not: a receiver would refuse it or do the wrong thing.
    Error,
    /// It may, but probably is not what was meant.
    Warning,
}

macro_rules! kinds {
    ($($kind:ident $weight:ident $key:literal $words:literal;)+) => {
        /// What is wrong.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $(#[doc = $words] $kind,)+ }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// The key in the catalogues.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$kind => $key,)+ }
            }

            /// Whether a message may go out with it.
            #[must_use]
            pub const fn weight(self) -> Weight {
                match self { $(Self::$kind => Weight::$weight,)+ }
            }

            const fn words(self) -> &'static str {
                match self { $(Self::$kind => $words,)+ }
            }
        }
    };
}

// Reading stops at the first eight of these; the others are gathered. Numbers are sections of OASIS CAP 1.2.
kinds! {
    TooLarge Error "cap.too_large" "the document is too large";
    TooMany Error "cap.too_many" "the document has too many elements";
    Encoding Error "cap.encoding" "the document is not UTF-8";
    NotXml Error "cap.not_xml" "the document is not well-formed XML";
    TooDeep Error "cap.too_deep" "elements are nested too deep";
    Doctype Error "cap.doctype" "a DTD is not accepted";
    Entity Error "cap.entity" "an entity is not accepted";
    NotCap Error "cap.not_cap" "the root is not `alert` of CAP 1.2";
    Missing Error "cap.missing" "a required element is missing or blank (3.2)";
    IdentifierForm Error "cap.identifier_form" "a name is empty or has a space, a comma, `<` or `&` (3.2.1)";
    Repeated Error "cap.repeated" "an element stands twice that may stand once (3.4)";
    Order Error "cap.order" "an element stands out of its order (3.4)";
    Word Error "cap.word" "the word is not in the standard's list (3.2)";
    Colour Error "cap.colour" "a colour stands as severity; it belongs in a parameter (3.2.2)";
    TimeForm Error "cap.time_form" "a time is not in the form 2026-07-14T08:00:00+08:00 (3.3.2)";
    ReferenceForm Error "cap.reference_form" "a reference is not `sender,identifier,sent` (3.2.1)";

    NoRestriction Error "cap.no_restriction" "scope Restricted without restriction (3.2.1)";
    RestrictionUnused Warning "cap.restriction_unused" "a restriction without scope Restricted (3.2.1)";
    NoAddresses Error "cap.no_addresses" "scope Private without addresses (3.2.1)";
    PublicTip Error "cap.public_tip" "a tip of the office's own has scope Public; only a relayed order may";
    NoReferences Error "cap.no_references" "the message type needs references (3.2.1)";
    MissingReference Error "cap.missing_reference" "an earlier message that still holds is not referred to (3.2.1)";
    UnknownReference Warning "cap.unknown_reference" "a reference names a message that is not known";
    ReferenceSent Error "cap.reference_sent" "a reference gives another `sent` than the message it names (3.2.1)";
    ExpiredReference Warning "cap.expired_reference" "a reference names a message that has expired or was withdrawn";
    SelfReference Error "cap.self_reference" "a message refers to itself";
    LateReference Error "cap.late_reference" "a reference names a later message";
    AlertWithReferences Error "cap.alert_with_references" "an Alert refers to messages; Update or Cancel was meant (3.2.1)";
    LiftAsAlert Error "cap.lift_as_alert" "a lift or cancellation is sent as an Alert (3.2.1)";
    DuplicateIdentifier Error "cap.duplicate_identifier" "another message has the same identifier (3.2.1)";
    NoReason Error "cap.no_reason" "a Cancel or an Error gives no reason (3.2.1 `note`)";
    NoExerciseNote Warning "cap.no_exercise_note" "status Exercise or Test without a note (3.2.1)";
    NoExerciseMark Error "cap.no_exercise_mark" "the text of an exercise is not marked as one";
    StrayExerciseMark Warning "cap.stray_exercise_mark" "the headline speaks of an exercise, the status is Actual";
    SentInFuture Warning "cap.sent_in_future" "the time of sending lies ahead of the clock";
    NoInfo Error "cap.no_info" "an Alert or an Update says nothing: there is no info";

    ExpiresMissing Error "cap.expires_missing" "there is no expiry (3.2.2)";
    ExpiresOrder Error "cap.expires_order" "the expiry is not after sent, effective and onset (3.2.2)";
    Expired Error "cap.expired" "the expiry is past";
    OnsetBeforeEffective Warning "cap.onset_before_effective" "an Alert takes effect only after the onset";
    OnsetLongPast Warning "cap.onset_long_past" "the onset of an Alert is more than a day before it was sent";
    LanguageTag Error "cap.language_tag" "the language is not a tag like zh-CN (3.2.2)";
    MixedLanguages Warning "cap.mixed_languages" "a text is not, or not only, in the language of its info (3.2.2)";
    SameText Warning "cap.same_text" "two languages have the same text";
    EventsDiffer Error "cap.events_differ" "two infos of one language name different events (3.2.2)";
    Markup Warning "cap.markup" "a text has HTML tags or entities in it";
    LongHeadline Warning "cap.long_headline" "the headline is longer than 160 characters (3.2.2)";
    NoInstruction Warning "cap.no_instruction" "there is no instruction (3.2.2)";
    WebForm Error "cap.web_form" "the web address is not absolute (3.2.2)";
    UrgencyPast Warning "cap.urgency_past" "urgency Past, but the message still holds (3.2.2)";
    UrgencyImmediate Warning "cap.urgency_immediate" "urgency Immediate, but the onset is more than an hour away (3.2.2)";
    UrgencyFuture Warning "cap.urgency_future" "urgency Future, but the onset is past (3.2.2)";
    CertaintyObserved Warning "cap.certainty_observed" "certainty Observed, but the onset is ahead (3.2.2)";

    NoArea Error "cap.no_area" "there is no area (3.2.4)";
    NoGeocode Error "cap.no_geocode" "an area has no geocode (3.2.4)";
    PolygonForm Error "cap.polygon_form" "a point of a polygon is not `latitude,longitude` (3.2.4)";
    PolygonFewPoints Error "cap.polygon_few_points" "a polygon has fewer than four points (3.2.4)";
    PolygonOpen Error "cap.polygon_open" "the last point of a polygon is not its first (3.2.4)";
    PolygonCrosses Warning "cap.polygon_crosses" "the lines of a polygon cross";
    CircleForm Error "cap.circle_form" "a circle is not `latitude,longitude radius` (3.2.4)";
}

/// A finding shows enough of a value to recognise it, not a page of it.
pub const VALUE_CHARS: usize = 200;

/// Something wrong with a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Finding {
    /// What.
    pub kind: Kind,
    /// Where: the path of an element, `alert/info[1]/severity`, or `line:column` where there is no tree yet.
    pub at: String,
    /// The value that is to blame, cut after [`VALUE_CHARS`]; empty where none is.
    pub value: String,
}

impl Finding {
    /// A finding.
    #[must_use]
    pub fn new(kind: Kind, at: impl Into<String>, value: impl Into<String>) -> Self {
        let mut value = value.into();
        if let Some((cut, _)) = value.char_indices().nth(VALUE_CHARS) {
            value.truncate(cut);
            value.push('…');
        }
        Self { kind, at: at.into(), value }
    }

    /// Whether the message may go out all the same.
    #[must_use]
    pub const fn weight(&self) -> Weight {
        self.kind.weight()
    }

    /// The key in the catalogues, stable in `--json`.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        self.kind.key()
    }

    /// The finding in a sentence, its place left to [`Self::line`].
    #[must_use]
    pub fn message(&self) -> Message {
        msg!(self.key()).with("value", &self.value)
    }

    /// Place and finding.
    #[must_use]
    pub fn line(&self) -> Message {
        msg!("cap.finding", at = &self.at, what = self.message())
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.kind.words())?;
        if self.value.is_empty() { Ok(()) } else { write!(f, ": `{}`", self.value) }
    }
}

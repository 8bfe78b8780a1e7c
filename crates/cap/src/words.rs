//! The closed lists of words of OASIS CAP 1.2.
//!
//! In: a word of a document. Out: its value. Can't happen: a word that the list of its element does not have.

/// A word of a closed list.
pub trait Word: Copy + Sized + 'static {
    /// All words, in the standard's order.
    const ALL: &'static [Self];

    /// The word as it is written.
    #[must_use]
    fn word(self) -> &'static str;

    /// The value with this word, written exactly so.
    #[must_use]
    fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|w| w.word() == word)
    }
}

macro_rules! words {
    ($(#[doc = $about:literal] $list:ident { $($(#[doc = $doc:literal])+ $word:ident),+ $(,)? })+) => { $(
        #[doc = $about]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $list { $($(#[doc = $doc])+ $word),+ }

        impl Word for $list {
            const ALL: &'static [Self] = &[$(Self::$word),+];

            fn word(self) -> &'static str {
                match self { $(Self::$word => stringify!($word)),+ }
            }
        }
    )+ };
}

words! {
    /// How a message is to be handled (OASIS CAP 1.2, 3.2.1 `status`).
    Status {
        /// For everyone it reaches to act on.
        Actual,
        /// For the participants of an exercise only; `note` names the exercise.
        Exercise,
        /// For the machines that pass messages on.
        System,
        /// A technical test; everyone disregards it.
        Test,
        /// Not to be acted on.
        Draft,
    }

    /// What a message does (OASIS CAP 1.2, 3.2.1 `msgType`).
    MsgType {
        /// Says something new.
        Alert,
        /// Replaces the messages it refers to.
        Update,
        /// Withdraws the messages it refers to.
        Cancel,
        /// Confirms the messages it refers to.
        Ack,
        /// Rejects the messages it refers to.
        Error,
    }

    /// Who may see a message (OASIS CAP 1.2, 3.2.1 `scope`).
    Scope {
        /// Everyone.
        Public,
        /// Those that `restriction` admits.
        Restricted,
        /// Those that `addresses` lists.
        Private,
    }

    /// What sort of event it is (OASIS CAP 1.2, 3.2.2 `category`).
    Category {
        /// Earthquake, landslide.
        Geo,
        /// Weather.
        Met,
        /// Public safety.
        Safety,
        /// Police and military.
        Security,
        /// Rescue.
        Rescue,
        /// Fire.
        Fire,
        /// Health.
        Health,
        /// Pollution and the environment.
        Env,
        /// Transport.
        Transport,
        /// Utilities and other infrastructure.
        Infra,
        /// Chemical, biological, radiological, nuclear, explosive.
        CBRNE,
        /// Anything else.
        Other,
    }

    /// What to do (OASIS CAP 1.2, 3.2.2 `responseType`).
    ResponseType {
        /// Take shelter.
        Shelter,
        /// Leave.
        Evacuate,
        /// Prepare.
        Prepare,
        /// Carry out a planned measure.
        Execute,
        /// Avoid the event.
        Avoid,
        /// Follow the sources of information.
        Monitor,
        /// Judge the message, in tests.
        Assess,
        /// The event no longer threatens.
        AllClear,
        /// Nothing.
        None,
    }

    /// How soon to act (OASIS CAP 1.2, 3.2.2 `urgency`).
    Urgency {
        /// At once.
        Immediate,
        /// Within the next hour.
        Expected,
        /// In the near future.
        Future,
        /// No longer.
        Past,
        /// Not known.
        Unknown,
    }

    /// How bad it is (OASIS CAP 1.2, 3.2.2 `severity`).
    Severity {
        /// An extraordinary threat.
        Extreme,
        /// A significant threat.
        Severe,
        /// A possible threat.
        Moderate,
        /// Little or no threat.
        Minor,
        /// Not known.
        Unknown,
    }

    /// How sure it is (OASIS CAP 1.2, 3.2.2 `certainty`).
    Certainty {
        /// Has happened or goes on.
        Observed,
        /// More than half.
        Likely,
        /// Half or less.
        Possible,
        /// About none.
        Unlikely,
        /// Not known.
        Unknown,
    }
}

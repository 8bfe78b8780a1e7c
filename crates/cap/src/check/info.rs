//! What an `info` says: its times, its words, its places (OASIS CAP 1.2, 3.2.2 and 3.2.4).
//!
//! In: the infos of a message. Out: findings. Can't happen: an expiry judged that is not there.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, FixedOffset};

use super::{Checker, is_blank, shape, wording};
use crate::{Area, Certainty, Info, Kind, MsgType, NamedValue, ResponseType, Urgency, moment};

/// An Alert may tell of what began in the night, not of last month's (wmo-raf/cap-composer#135).
const ONSET_LONG_PAST_HOURS: i64 = 24;

/// Receivers cut a headline there (OASIS CAP 1.2, 3.2.2 `headline`).
const HEADLINE_CHARS: usize = 160;

impl Checker<'_> {
    pub(super) fn infos(&mut self) {
        for (at, info) in self.numbered_infos() {
            self.required(&at, info);
            self.texts(&at, info);
            self.expiry(&at, info);
            self.onset(&at, info);
            self.urgency(&at, info);
            self.places(&at, info);
        }
        self.languages();
    }

    /// What the schema demands too, for a message that was made and not read.
    fn required(&mut self, at: &str, info: &Info) {
        if !wording::is_language_tag(&info.language) {
            self.find(Kind::LanguageTag, format!("{at}/language"), &info.language);
        }
        if info.categories.is_empty() {
            self.find(Kind::Missing, format!("{at}/category"), "category");
        }
        if info.event.trim().is_empty() {
            self.find(Kind::Missing, format!("{at}/event"), "event");
        }
        self.values(at, "eventCode", &info.event_codes);
        self.values(at, "parameter", &info.parameters);
    }

    fn values(&mut self, at: &str, name: &str, values: &[NamedValue]) {
        for (i, value) in values.iter().enumerate() {
            for (part, text) in [("valueName", &value.name), ("value", &value.value)] {
                if text.trim().is_empty() {
                    self.find(Kind::Missing, format!("{at}/{name}[{}]/{part}", i + 1), part);
                }
            }
        }
    }

    fn texts(&mut self, at: &str, info: &Info) {
        let texts = [
            ("event", Some(&info.event)),
            ("headline", info.headline.as_ref()),
            ("description", info.description.as_ref()),
            ("instruction", info.instruction.as_ref()),
        ];
        for (name, text) in texts.into_iter().filter_map(|(n, t)| Some((n, t?))) {
            if wording::is_foreign(text, &info.language) {
                self.find(Kind::MixedLanguages, format!("{at}/{name}"), wording::shortened(text));
            }
            if wording::has_markup(text) {
                self.find(Kind::Markup, format!("{at}/{name}"), wording::shortened(text));
            }
        }
        let length = info.headline.as_deref().unwrap_or_default().chars().count();
        if length > HEADLINE_CHARS {
            self.find(Kind::LongHeadline, format!("{at}/headline"), length.to_string());
        }
        let asks_nothing = info.response_types.iter().any(|r| matches!(r, ResponseType::None | ResponseType::AllClear));
        let tells = matches!(self.message.msg_type, MsgType::Alert | MsgType::Update);
        if tells && !asks_nothing && is_blank(info.instruction.as_deref()) {
            self.find(Kind::NoInstruction, format!("{at}/instruction"), "");
        }
        if let Some(web) = info.web.as_deref().filter(|web| !wording::is_web_address(web)) {
            self.find(Kind::WebForm, format!("{at}/web"), web);
        }
    }

    fn expiry(&mut self, at: &str, info: &Info) {
        let at = format!("{at}/expires");
        let Some(expires) = info.expires else { return self.find(Kind::ExpiresMissing, at, "") };
        let begins = [info.effective, info.onset].into_iter().flatten().fold(self.message.sent, DateTime::max);
        if expires <= begins {
            self.find(Kind::ExpiresOrder, at, moment::written(expires));
        } else if expires <= self.context.now {
            self.find(Kind::Expired, at, moment::written(expires));
        }
    }

    fn onset(&mut self, at: &str, info: &Info) {
        let (MsgType::Alert, Some(onset)) = (self.message.msg_type, info.onset) else { return };
        let at = format!("{at}/onset");
        if onset < self.message.sent - Duration::hours(ONSET_LONG_PAST_HOURS) {
            self.find(Kind::OnsetLongPast, at, moment::written(onset));
        } else if info.effective.is_some_and(|effective| onset < effective) {
            self.find(Kind::OnsetBeforeEffective, at, moment::written(onset));
        }
    }

    /// Urgency and certainty against the times. An all-clear is Past and yet must have an expiry ahead.
    fn urgency(&mut self, at: &str, info: &Info) {
        let sent = self.message.sent;
        let ahead = |time: Option<DateTime<FixedOffset>>, hours| time.filter(|t| *t > sent + Duration::hours(hours));
        let ends = self.message.msg_type == MsgType::Cancel || info.response_types.contains(&ResponseType::AllClear);
        let found = match info.urgency {
            Urgency::Past if !ends => ahead(info.expires, 0).map(|t| (Kind::UrgencyPast, t)),
            Urgency::Immediate => ahead(info.onset, 1).map(|t| (Kind::UrgencyImmediate, t)),
            Urgency::Future => info.onset.filter(|t| *t < sent).map(|t| (Kind::UrgencyFuture, t)),
            _ => None,
        };
        if let Some((kind, time)) = found {
            self.find(kind, format!("{at}/urgency"), moment::written(time));
        }
        if let (Certainty::Observed, Some(onset)) = (info.certainty, ahead(info.onset, 0)) {
            self.find(Kind::CertaintyObserved, format!("{at}/certainty"), moment::written(onset));
        }
    }

    fn places(&mut self, at: &str, info: &Info) {
        if info.areas.is_empty() {
            self.find(Kind::NoArea, format!("{at}/area"), "");
        }
        for (i, area) in info.areas.iter().enumerate() {
            self.place(&format!("{at}/area[{}]", i + 1), area);
        }
    }

    fn place(&mut self, at: &str, area: &Area) {
        if area.desc.trim().is_empty() {
            self.find(Kind::Missing, format!("{at}/areaDesc"), "areaDesc");
        }
        if area.geocodes.is_empty() {
            self.find(Kind::NoGeocode, format!("{at}/geocode"), &area.desc);
        }
        self.values(at, "geocode", &area.geocodes);
        for (i, polygon) in area.polygons.iter().enumerate() {
            if let Some((kind, value)) = shape::polygon(polygon) {
                self.find(kind, format!("{at}/polygon[{}]", i + 1), value);
            }
        }
        for (i, circle) in area.circles.iter().enumerate() {
            if !shape::is_circle(circle) {
                self.find(Kind::CircleForm, format!("{at}/circle[{}]", i + 1), wording::shortened(circle));
            }
        }
    }

    /// Infos against each other: one language names one event, two languages have two texts.
    fn languages(&mut self) {
        let mut events: BTreeMap<String, &str> = BTreeMap::new();
        let mut texts: BTreeMap<(&str, &str), String> = BTreeMap::new();
        for (at, info) in self.numbered_infos() {
            let language = info.language.to_lowercase();
            let event = info.event.trim();
            if *events.entry(language.clone()).or_insert(event) != event {
                self.find(Kind::EventsDiffer, format!("{at}/event"), event);
            }
            for (name, text) in [("headline", &info.headline), ("description", &info.description)] {
                let text = text.as_deref().unwrap_or_default().trim();
                let first = texts.entry((name, text)).or_insert_with(|| language.clone());
                if !text.is_empty() && *first != language {
                    self.find(Kind::SameText, format!("{at}/{name}"), wording::shortened(text));
                }
            }
        }
    }
}

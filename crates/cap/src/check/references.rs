//! How a message is tied to the earlier ones of its episode (OASIS CAP 1.2, 3.2.1 `msgType`, `references`).
//!
//! In: the message and the earlier ones. Out: findings. Can't happen: a lift that reaches the receivers as something
//! new, or a change that leaves an earlier message in force.

use super::{Checker, wording};
use crate::{Kind, MsgType, Reference, ResponseType, moment, references_to, still_holds};

const AT: &str = "alert/references";

impl Checker<'_> {
    pub(super) fn references(&mut self) {
        let m = self.message;
        match m.msg_type {
            MsgType::Alert => {
                if let Some(first) = m.references.first() {
                    self.find(Kind::AlertWithReferences, AT, first.to_string());
                }
                self.lift_as_alert();
            }
            _ if m.references.is_empty() => self.find(Kind::NoReferences, AT, ""),
            MsgType::Update | MsgType::Cancel => self.left_out(),
            MsgType::Ack | MsgType::Error => {}
        }
        // An Alert may have none, so there is no more to say of those it has.
        for reference in m.references.iter().filter(|_| m.msg_type != MsgType::Alert) {
            self.reference(reference);
        }
        let known = self.context.earlier.unwrap_or_default();
        if known.iter().any(|e| e.is_named_by(&m.reference())) {
            self.find(Kind::DuplicateIdentifier, "alert/identifier", m.identifier.as_str());
        }
    }

    /// A lift is an Update or a Cancel that names what it lifts; as an Alert it would start a new warning.
    fn lift_as_alert(&mut self) {
        for (at, info) in self.numbered_infos() {
            if info.response_types.contains(&ResponseType::AllClear) {
                self.find(Kind::LiftAsAlert, format!("{at}/responseType"), "AllClear");
                continue;
            }
            let texts = [("event", Some(&info.event)), ("headline", info.headline.as_ref())];
            let lifts = |text: &&String| wording::speaks_of_lift(text);
            if let Some((name, text)) = texts.iter().find_map(|(n, t)| Some((n, t.filter(lifts)?))) {
                self.find(Kind::LiftAsAlert, format!("{at}/{name}"), text);
            }
        }
    }

    /// Earlier messages that still hold and are not named.
    fn left_out(&mut self) {
        let m = self.message;
        let earlier = self.context.earlier.unwrap_or_default();
        for needed in references_to(earlier, m.sent.to_utc()).iter().filter(|needed| !m.is_named_by(needed)) {
            let named = |r: &Reference| r.sender == needed.sender && r.identifier == needed.identifier;
            if !m.references.iter().any(named) {
                self.find(Kind::MissingReference, AT, needed.to_string());
            }
        }
    }

    fn reference(&mut self, reference: &Reference) {
        let m = self.message;
        if m.is_named_by(reference) {
            return self.find(Kind::SelfReference, AT, reference.to_string());
        }
        if reference.sent > m.sent {
            return self.find(Kind::LateReference, AT, reference.to_string());
        }
        let Some(earlier) = self.context.earlier else { return };
        let Some(meant) = earlier.iter().find(|e| e.is_named_by(reference)) else {
            return self.find(Kind::UnknownReference, AT, reference.to_string());
        };
        let ends = matches!(m.msg_type, MsgType::Update | MsgType::Cancel);
        if meant.sent != reference.sent {
            self.find(Kind::ReferenceSent, AT, format!("{reference} ({})", moment::written(meant.sent)));
        } else if ends && !still_holds(meant, earlier, m.sent.to_utc()) {
            self.find(Kind::ExpiredReference, AT, reference.to_string());
        }
    }
}

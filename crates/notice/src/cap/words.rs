//! The words of a message, one language at a time.
//!
//! In: what is told. Out: event, headline, description, instruction, notes and values, by the catalogues. Can't happen:
//! the words of a statutory warning in a tip of the office's own; a rule's Chinese name as the event of an English info.

use super::Draft;
use crate::{Audience, forbidden};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::Period;
use cuofeng_cap::{NamedValue, Status};
use cuofeng_rules::Recipients;
use cuofeng_rules::warning::{Act, spans_words};
use cuofeng_town::order::Order;

/// The words of a message in one language.
pub(super) struct Words<'a> {
    pub(super) draft: &'a Draft<'a>,
    pub(super) lang: Lang,
}

impl Words<'_> {
    fn text(&self, message: &Message) -> String {
        message.text(self.lang)
    }

    /// A name from the site's files, where it is in this language and says nothing that only an order may.
    fn fitting<'n>(&self, name: &'n str) -> Option<&'n str> {
        let han = name.chars().any(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3134f}'));
        (han == (self.lang == Lang::Zh) && forbidden(name).is_none()).then_some(name)
    }

    fn periods(&self) -> String {
        spans_words(self.draft.spans, self.draft.telling.zone, self.lang)
    }

    fn marked(&self, text: String) -> String {
        if self.draft.telling.status == Status::Exercise { self.text(&msg!("tip.exercise", text = text)) } else { text }
    }

    /// What sort of event it is.
    pub(super) fn event(&self) -> String {
        let rule = self.draft.telling.rule;
        match self.draft.relayed() {
            Some(order) => self.text(&msg!("relay.event", subject = &order.subject, tier = order.tier.message())),
            None => match self.fitting(&rule.name) {
                Some(name) => name.to_owned(),
                None => self.text(&msg!("tip.event", kind = &rule.kind)),
            },
        }
    }

    /// What happens where and when, in one line.
    pub(super) fn headline(&self, whole: &Period) -> String {
        let (region, event) = (self.draft.telling.region, self.event());
        let when = self.draft.telling.zone.period_words(whole, self.lang);
        let line = match (self.draft.relayed(), self.draft.act) {
            (Some(_), Act::Lift) => msg!("relay.lifted", event = event, region = region),
            (Some(_), _) => msg!("relay.headline", event = event, region = region, when = when),
            (None, Act::Lift) => msg!("tip.lifted", event = event, region = region),
            (None, Act::Update | Act::Upgrade | Act::Downgrade | Act::Extend | Act::Replan) => {
                msg!("tip.changed", event = event, region = region, when = when)
            }
            (None, _) => msg!("tip.headline", event = event, region = region, when = when),
        };
        self.marked(self.text(&line))
    }

    /// What is expected, on what grounds.
    pub(super) fn description(&self) -> String {
        let (telling, periods) = (self.draft.telling, self.periods());
        let text = match (self.draft.relayed(), self.draft.act) {
            (Some(_), Act::Lift) => msg!("relay.over", event = self.event(), periods = periods),
            (Some(order), _) => self.relay(order, periods),
            (None, Act::Lift) => msg!("tip.over", event = self.event(), periods = periods),
            (None, _) => {
                let level = self.draft.level().and_then(|level| telling.rule.levels.get(level));
                match level.and_then(|level| self.fitting(&level.name)) {
                    Some(level) => msg!("tip.expected", periods = periods, level = level, office = self.office()),
                    None => msg!("tip.expected_plain", periods = periods, office = self.office()),
                }
            }
        };
        self.marked(self.text(&text))
    }

    /// The office's name; in English texts, whose readers have it in `senderName`, a word for it.
    fn office(&self) -> String {
        let office = self.draft.telling.office;
        self.fitting(office).map_or_else(|| self.text(&msg!("tip.office")), str::to_owned)
    }

    fn relay(&self, order: &Order, periods: String) -> Message {
        msg!(
            "relay.description",
            issuer = self.fitting(&order.issuer).map_or_else(|| self.text(&msg!("relay.issuer")), str::to_owned),
            subject = &order.subject,
            tier = order.tier.message(),
            office = self.office(),
            periods = periods
        )
    }

    /// What to do.
    pub(super) fn instruction(&self) -> String {
        let telling = self.draft.telling;
        let tells = |to: &[Recipients]| telling.rule.tell.iter().any(|tell| to.contains(&tell.to));
        let mut sentences = Vec::new();
        if self.draft.act == Act::Lift {
            sentences.push(msg!("tip.resume"));
        } else {
            if self.draft.relayed().is_some() {
                sentences.push(msg!("relay.follow"));
            }
            if tells(&[Recipients::Enterprises]) {
                sentences.push(msg!("tip.enterprises"));
            }
            if tells(&[Recipients::Villages, Recipients::Keepers]) {
                sentences.push(msg!("tip.villages"));
            }
        }
        sentences.push(msg!("tip.call", phone = telling.phone));
        let gap = if self.lang == Lang::Zh { "" } else { " " };
        sentences.iter().map(|sentence| self.text(sentence)).collect::<Vec<_>>().join(gap)
    }

    /// Whom the rule tells.
    pub(super) fn audience(&self) -> Option<String> {
        let class = |to| match to {
            Recipients::Enterprises => Some(Audience::Enterprise),
            Recipients::Villages => Some(Audience::Village),
            Recipients::Keepers => Some(Audience::Keeper),
            Recipients::Duty | Recipients::Departments | Recipients::Releasers | Recipients::Deputies => None,
        };
        let mut names: Vec<String> = Vec::new();
        for audience in self.draft.telling.rule.tell.iter().filter_map(|tell| class(tell.to)) {
            let name = self.text(&audience.message());
            if !names.contains(&name) {
                names.push(name);
            }
        }
        (!names.is_empty()).then(|| names.join(self.lang.comma()))
    }

    /// Who may see a tip of the office's own.
    pub(super) fn restriction(&self) -> String {
        self.text(&msg!("tip.restriction", office = self.office()))
    }

    /// Why it is withdrawn, and that it is an exercise.
    pub(super) fn note(&self) -> Option<String> {
        let exercise = (self.draft.telling.status == Status::Exercise).then(|| msg!("tip.exercise_note"));
        let cancel = (self.draft.act == Act::Cancel).then(|| msg!("tip.cancelled"));
        let notes: Vec<String> = [exercise, cancel].into_iter().flatten().map(|note| self.text(&note)).collect();
        (!notes.is_empty()).then(|| notes.join(" "))
    }

    /// Each told period, the rule and its source; the order's tier, issuer and document where one speaks.
    pub(super) fn parameters(&self) -> Vec<NamedValue> {
        let telling = self.draft.telling;
        let named = |name: Message, value: &str| NamedValue::new(self.text(&name), value);
        let iso = |p: &Period| format!("{}/{}", telling.zone.rfc3339(p.start), telling.zone.rfc3339(p.end));
        let mut values: Vec<NamedValue> =
            self.draft.spans.iter().map(|span| named(msg!("tip.value_period"), &iso(&span.period))).collect();
        values.push(named(msg!("tip.value_rule"), &telling.rule.id));
        values.push(named(msg!("tip.value_source"), &telling.rule.source));
        if let Some(order) = self.draft.order.filter(|_| self.draft.spans.iter().any(|span| span.ordered)) {
            values.push(named(msg!("relay.value_tier"), &self.text(&order.tier.message())));
            values.push(named(msg!("relay.value_issuer"), &order.issuer));
            values.push(named(msg!("relay.value_document"), &order.document));
        }
        values.retain(|value| !value.value.trim().is_empty());
        values
    }
}

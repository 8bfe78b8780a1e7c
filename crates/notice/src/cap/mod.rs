//! The CAP message of a revision.
//!
//! In: an episode's rule, place and office, one revision, the order behind it, the messages sent before. Out: the
//! [`Message`] that says the same, or nothing where nobody is told. Pure: the same revision gives the same message.
//! Can't happen: a lift or a cancellation as a new alert; an earlier message that still holds and is not named; a tip of
//! the office's own that is Public; a colour that no official order gave.
//!
//! ```text
//! raise → Alert        update, upgrade, downgrade, extend → Update        expire → nothing: the told end says it
//! lift → Update with responseType AllClear: what was told was right and is over; receivers show the good news
//! cancel → Cancel with its reason and no info: what was told was wrong and is withdrawn
//! ```

mod scale;
mod words;

use chrono::{DateTime, FixedOffset, Utc};

use cuofeng_base::text::Lang;
use cuofeng_base::time::{Period, Zone};
use cuofeng_cap::check::Origin;
use cuofeng_cap::{
    Area, Category, Identifier, Info, Message, MsgType, NamedValue, ResponseType, Scope, Status, references_to,
};
use cuofeng_rules::expr::sense;
use cuofeng_rules::warning::{Act, EpisodeId, Revision, Span};
use cuofeng_rules::{Recipients, Rule};
use cuofeng_town::order::Order;
use cuofeng_town::roster::{Roster, Village};
use words::Words;

/// What all messages of an episode have in common.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// The office's name (`senderName`).
    pub office: &'a str,
    /// Whom to call (`contact`).
    pub phone: &'a str,
    /// Who sends, as machines name it (`sender`).
    pub sender: &'a Identifier,
    /// The region's name (`areaDesc`).
    pub region: &'a str,
    /// The villages it is about (`geocode`); all of the roster's where `whole` says so.
    pub villages: &'a [&'a Village],
    /// Whether those are all villages there are.
    pub whole: bool,
    /// The rule it began with.
    pub rule: &'a Rule,
    /// The identity of the site that began the episode; empty where it began before sites had any.
    pub site: &'a str,
    /// Its identity.
    pub episode: &'a EpisodeId,
    /// The site's zone.
    pub zone: &'a Zone,
    /// The site's language: Chinese is always written, English beside it on request.
    pub lang: Lang,
    /// Actual, or Exercise with its marks (`status`).
    pub status: Status,
}

/// Whether a rule tells anyone beside the staff on duty: what stays in the office is no message to others.
#[must_use]
pub fn is_told(rule: &Rule) -> bool {
    rule.tell.iter().any(|tell| tell.to != Recipients::Duty)
}

/// The name of a revision's message: unique, and the same whenever it is made (CAP 1.2, 3.2.1 `identifier`). `site` is the
/// identity of the site that began the episode; empty where it began before sites had any.
#[must_use]
pub fn identifier(site: &str, episode: impl std::fmt::Display, revision: u32) -> String {
    if site.is_empty() { format!("{episode}.r{revision}") } else { format!("{episode}.r{revision}.{site}") }
}

/// The villages that a rule's recipients are in.
#[must_use]
pub fn villages<'r>(rule: &Rule, roster: &'r Roster) -> Vec<&'r Village> {
    let concerned = |village: &&Village| {
        rule.tell.iter().any(|tell| match tell.to {
            Recipients::Duty | Recipients::Departments | Recipients::Releasers | Recipients::Deputies => false,
            Recipients::Villages | Recipients::Keepers => tell.of.takes_village(village),
            Recipients::Enterprises => {
                tell.of.villages.is_empty() || tell.of.villages.iter().any(|name| village.is(name))
            }
        })
    };
    roster.villages.iter().filter(concerned).collect()
}

/// Whose warning a revision tells: a government's only where every period ahead stands in its order.
#[must_use]
pub fn origin(revision: &Revision, order: Option<&Order>) -> Origin {
    if relays(&ahead(revision), order) { Origin::Relayed } else { Origin::Own }
}

fn relays(spans: &[Span], order: Option<&Order>) -> bool {
    order.is_some() && !spans.is_empty() && spans.iter().all(|span| span.ordered)
}

/// The told periods that have not ended.
fn ahead(revision: &Revision) -> Vec<Span> {
    revision.spans.iter().filter(|s| s.period.end > revision.at).copied().collect()
}

/// The order that speaks for a revision's ordered periods: one known and in force at `at` before any other, then the
/// highest tier.
#[must_use]
pub fn order<'o>(rule: &Rule, revision: &Revision, orders: &'o [Order], at: DateTime<Utc>) -> Option<&'o Order> {
    let asked: Vec<Period> = ahead(revision).iter().filter(|s| s.ordered).map(|s| s.period).collect();
    let speaks = |o: &&Order| rule.hears(o);
    let touches = |o: &&Order| asked.iter().any(|p| p.intersect(&o.period).is_some());
    let known = |o: &&Order| (o.lifted_at.is_none_or(|lifted| lifted > at), o.issued_at <= at);
    orders.iter().filter(speaks).filter(touches).max_by_key(|o| (known(o), o.tier, o.issued_at))
}

/// The message of a revision; nothing where it says nothing to anyone. `earlier` are the episode's messages before it.
#[must_use]
pub fn message(
    telling: &Telling<'_>,
    revision: &Revision,
    order: Option<&Order>,
    earlier: &[Message],
) -> Option<Message> {
    let act = revision.action;
    // Nobody is told that an end has come, and hours of processes are no part of a message.
    if matches!(act, Act::Expire | Act::Replan) {
        return None;
    }
    let references = if act == Act::Raise { Vec::new() } else { references_to(earlier, revision.at) };
    // Nothing holds any more that could be changed or withdrawn.
    if references.is_empty() && act.takes_back() {
        return None;
    }
    let ahead = ahead(revision);
    let holds = earlier.iter().filter(|m| references.iter().any(|r| m.is_named_by(r))).filter_map(Message::expires);
    let draft = Draft { telling, act, at: revision.at, spans: &ahead, order, closes: holds.max() };
    let infos = if act == Act::Cancel { Vec::new() } else { draft.infos()? };
    let relayed = relays(&ahead, order);
    let words = |lang| Words { draft: &draft, lang };
    Some(Message {
        identifier: Identifier::new(identifier(telling.site, telling.episode, revision.number)).ok()?,
        sender: telling.sender.clone(),
        sent: telling.zone.local(revision.at),
        status: telling.status,
        msg_type: match act {
            Act::Cancel => MsgType::Cancel,
            // A change of what has expired everywhere is news.
            _ if references.is_empty() => MsgType::Alert,
            _ => MsgType::Update,
        },
        scope: if relayed { Scope::Public } else { Scope::Restricted },
        restriction: (!relayed).then(|| draft.each(|lang| Some(words(lang).restriction()))).flatten(),
        addresses: Vec::new(),
        codes: Vec::new(),
        note: draft.each(|lang| words(lang).note()),
        references,
        incidents: vec![telling.episode.to_string()],
        infos,
    })
}

/// A message being made.
struct Draft<'a> {
    telling: &'a Telling<'a>,
    act: Act,
    at: DateTime<Utc>,
    /// The told periods that have not ended.
    spans: &'a [Span],
    order: Option<&'a Order>,
    /// When the last of the messages that it refers to would expire.
    closes: Option<DateTime<FixedOffset>>,
}

impl Draft<'_> {
    /// The languages it is written in, Chinese first.
    fn languages(&self) -> &'static [Lang] {
        match self.telling.lang {
            Lang::Zh => &[Lang::Zh],
            Lang::En => &[Lang::Zh, Lang::En],
        }
    }

    /// A text that stands once for all languages.
    fn each(&self, text: impl Fn(Lang) -> Option<String>) -> Option<String> {
        let texts: Vec<String> = self.languages().iter().filter_map(|lang| text(*lang)).collect();
        (!texts.is_empty()).then(|| texts.join(" "))
    }

    /// From the first told hour to the told end.
    fn whole(&self) -> Option<Period> {
        let start = self.spans.iter().map(|s| s.period.start).min()?;
        Period::new(start, self.spans.iter().map(|s| s.period.end).max()?)
    }

    fn level(&self) -> Option<usize> {
        self.spans.iter().map(|s| s.level).min()
    }

    fn relayed(&self) -> Option<&Order> {
        self.order.filter(|_| relays(self.spans, self.order))
    }

    fn infos(&self) -> Option<Vec<Info>> {
        let whole = self.whole()?;
        Some(self.languages().iter().map(|lang| self.info(whole, *lang)).collect())
    }

    fn info(&self, whole: Period, lang: Lang) -> Info {
        let (telling, words) = (self.telling, Words { draft: self, lang });
        let local = |at| telling.zone.local(at);
        let lifts = self.act == Act::Lift;
        let end = local(whole.end);
        let levels = telling.rule.levels.len();
        let scale = match (lifts, self.relayed()) {
            (true, _) => scale::OVER,
            (false, Some(order)) => scale::ordered(order.tier, whole.start - self.at),
            (false, None) => scale::own(self.level().unwrap_or(0), levels, whole.start - self.at),
        };
        Info {
            language: if lang == Lang::Zh { "zh-CN" } else { "en-US" }.to_owned(),
            categories: self.categories(),
            event: words.event(),
            response_types: vec![self.response()],
            urgency: scale.urgency,
            severity: scale.severity,
            certainty: scale.certainty,
            audience: words.audience(),
            event_codes: vec![NamedValue::new("cuofeng:kind", &telling.rule.kind)],
            effective: None,
            onset: (!lifts).then(|| local(whole.start)),
            // An all-clear is shown as long as what it closes would have been.
            expires: Some(if lifts { self.closes.map_or(end, |closes| closes.max(end)) } else { end }),
            sender_name: Some(telling.office.to_owned()),
            headline: Some(words.headline(&whole)),
            description: Some(words.description()),
            instruction: Some(words.instruction()),
            web: None,
            contact: Some(telling.phone.to_owned()),
            parameters: words.parameters(),
            areas: vec![self.area()],
        }
    }

    fn categories(&self) -> Vec<Category> {
        let fires = self.telling.rule.conditions().any(|condition| sense::uses_fires(&condition.expr));
        if fires { vec![Category::Env, Category::Fire] } else { vec![Category::Env] }
    }

    /// Carry out what the notice names, where measures are asked; else keep watch.
    fn response(&self) -> ResponseType {
        let level = self.level().and_then(|level| self.telling.rule.levels.get(level));
        match self.act {
            Act::Lift => ResponseType::AllClear,
            _ if level.is_some_and(|level| !level.measures.is_empty()) => ResponseType::Execute,
            _ => ResponseType::Monitor,
        }
    }

    fn area(&self) -> Area {
        let names: Vec<&str> = self.telling.villages.iter().map(|v| v.name.as_str()).collect();
        let region = self.telling.region;
        let desc = if self.telling.whole { region.to_owned() } else { format!("{region}（{}）", names.join("、")) };
        let code = |v: &&Village| NamedValue::new("行政区划代码", &v.code);
        Area {
            desc,
            polygons: Vec::new(),
            circles: Vec::new(),
            geocodes: self.telling.villages.iter().map(code).collect(),
        }
    }
}

#[cfg(test)]
mod tests;

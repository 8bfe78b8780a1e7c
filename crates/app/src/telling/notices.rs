//! Who is told of a revision, and in which words.
//!
//! In: a scene, what is said to everyone, a recipient. Out: its notice, or why it gets none. Can't happen: a notice to
//! someone it is no business of; a message that can wait in quiet hours; words about a change to who knows nothing of
//! what was changed.

use crate::error::AppError;
use crate::judging::scene::Scene;
use crate::telling::asking::{asks, say_lost};
use crate::telling::content::order_behind;
use crate::telling::enclose::enclose;
use crate::telling::revision::{Telling, is_among};
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::{Hour, Period};
use cuofeng_base::word::{ChannelName, Form, Mode};
use cuofeng_notice::{self as notice, Audience, Content, Notice, Purpose, Unreachable, quiet};
use cuofeng_office::site::Site;
use cuofeng_plan::Plan;
use cuofeng_rules::expr::sense;
use cuofeng_rules::warning::{self, EpisodeId, Span};
use cuofeng_rules::{Level, Recipients, Rule, Tell, acknowledgement, relay};
use cuofeng_town::roster::Enterprise;

/// The notices of a revision, the forms in which they reach nobody, and the text for a chat group.
pub(crate) type Told = (Vec<Notice>, Vec<Unreachable>, Option<String>);

/// The notices of a revision to everyone whom it concerns.
pub(crate) fn notices(
    scene: &Scene<'_>,
    telling: &Telling<'_>,
    id: &EpisodeId,
    revision: u32,
) -> Result<Told, AppError> {
    let (mut notices, mut unreachable) = (Vec::new(), Vec::new());
    let mut group = None;
    // The villages whose keepers hear of added days in the chat group alone.
    let mut waiting: Vec<String> = Vec::new();
    let mut tells = tells(scene, telling.spans, telling.content.purpose.ends());
    // Staff come last: they are told who else was.
    tells.sort_by_key(|tell| tell.to == Recipients::Duty);
    for tell in &tells {
        let others = others(scene.site, &notices);
        let unsent = !waiting.is_empty();
        let content = Content { told: others, unsent, ..telling.content.clone() };
        group = group_text(scene.site, scene.mode, telling.plan, &content, &notices, &waiting)?;
        let content = Content { group: group.clone().unwrap_or_default(), ..content };
        let telling =
            &Telling { content: &content, hours: telling.hours.clone(), undone: telling.undone.clone(), ..*telling };
        for recipient in recipients(scene, telling.spans, tell, telling.content.purpose.ends()) {
            if !is_told(scene, telling, &recipient) {
                continue;
            }
            if telling.hears(tell, &recipient, scene.now) {
                let (made, missing) = notice_to(scene, telling, (id, revision), (tell, &recipient))?;
                notices.extend(made);
                unreachable.extend(missing);
            } else if recipient.audience == Audience::Keeper {
                waiting.push(recipient.name.clone());
            }
        }
    }
    if tells.last().is_some_and(|tell| tell.to != Recipients::Duty) {
        let content = Content { unsent: !waiting.is_empty(), ..telling.content.clone() };
        group = group_text(scene.site, scene.mode, telling.plan, &content, &notices, &waiting)?;
    }
    Ok((notices, unreachable, group))
}

/// What the notices to enterprises and villages say, as one text for a chat group.
fn group_text(
    site: &Site,
    mode: Mode,
    plan: Option<&Plan>,
    content: &Content,
    notices: &[Notice],
    waiting: &[String],
) -> Result<Option<String>, AppError> {
    let (config, weights, lang) = (&site.config, &site.weights, site.config.language);
    let of = |audience| notices.iter().filter(move |notice| notice.audience == audience);
    let enterprises: Vec<(&str, Vec<notice::Line>)> = of(Audience::Enterprise)
        .map(|told| {
            let lines = plan.map(|plan| notice::hours::lines(plan, &told.recipient, weights, &config.zone, lang));
            (told.name.as_str(), lines.unwrap_or_default())
        })
        .collect();
    let mut villages: Vec<&str> = Vec::new();
    let told = of(Audience::Village).chain(of(Audience::Keeper)).map(|told| told.name.as_str());
    for name in told.chain(waiting.iter().map(String::as_str)) {
        if !villages.contains(&name) {
            villages.push(name);
        }
    }
    let has_speaker =
        |name: &&str| site.roster.villages.iter().any(|village| village.name == *name && village.loudspeaker.is_some());
    let (loud, silent): (Vec<&str>, Vec<&str>) = villages.into_iter().partition(has_speaker);
    let text = site
        .texts
        .group(content, &enterprises, (&loud, &silent))
        .map_err(|problem| AppError::Template(Box::new(problem)))?;
    // It may be copied out of the letter that says that this is an exercise.
    let marked = |text: String| match mode {
        Mode::Exercise => msg!("exercise.letter", text = text).text(lang),
        Mode::Live | Mode::DryRun => text,
    };
    Ok(text.map(marked))
}

/// Whom a rule tells, in which forms, with those who are copied in.
pub(crate) fn tells(scene: &Scene<'_>, spans: &[Span], lift: bool) -> Vec<Tell> {
    let copied = if scene.rule.relays.is_some() { None } else { copies(scene, spans, lift) };
    scene.rule.tell.iter().cloned().chain(copied).collect()
}

/// Everyone whom a `tell` names and no exemption frees.
pub(crate) fn recipients<'s>(scene: &Scene<'s>, spans: &[Span], tell: &Tell, lift: bool) -> Vec<notice::Recipient<'s>> {
    let level = level_of(scene.rule, spans).map_or("", |level| level.id.as_str());
    let free = |e: &Enterprise| !lift && scene.rule.exemption(e, level).is_some();
    notice::select(tell, &scene.site.roster, &scene.site.shift(scene.now), &free)
}

/// The notice to one recipient, and the forms in which it does not reach them.
pub(crate) fn notice_to(
    scene: &Scene<'_>,
    telling: &Telling<'_>,
    (id, revision): (&EpisodeId, u32),
    (tell, recipient): (&Tell, &notice::Recipient<'_>),
) -> Result<(Option<Notice>, Vec<Unreachable>), AppError> {
    let Telling { spans, content, .. } = telling;
    let periods: Vec<Period> = spans.iter().map(|s| s.period).collect();
    // A lift, too, is worth hearing until the period it takes back would have ended.
    let expires_at = periods.iter().map(|p| p.end).max().unwrap_or(scene.now);
    let known = telling.knows(recipient);
    let mut content = Content::clone(content);
    // Who was told nothing yet can't be told of a change.
    let hears = matches!(recipient.audience, Audience::Enterprise | Audience::Village | Audience::Keeper);
    if hears && !known && content.purpose == Purpose::Update {
        content.purpose = Purpose::Raise;
        content.change.clear();
        content.short_change.clear();
        content.until_spoken.clear();
        content.previous.clear();
    }
    // What a change is one of is what this recipient was told last.
    let (zone, lang) = (&scene.site.config.zone, scene.site.config.language);
    if let Some(last) = telling.last_told(recipient).filter(|_| !content.previous.is_empty()) {
        content.previous = zone.words(last.at, lang);
    }
    // So is what has changed for whoever was not told of every extension.
    if let Some((_, told)) = telling.last_periods(tell, recipient).filter(|_| content.purpose == Purpose::Update) {
        let levels: Vec<String> = scene.rule.levels.iter().map(|level| level.name.clone()).collect();
        content.change =
            notice::change::words((told, spans), (&levels, notice::is_banned(scene.rule)), scene.now, zone, lang);
        content.short_change = notice::change::short(&content.change, lang);
    }
    content.others = content.purpose.ends() && is_among(telling.elsewhere, recipient);
    content.exceeds = notice::exceeds(&content.facts, &tell.template);
    if !recipient.mailed(tell) {
        content.short_periods = warning::spans_short(spans, zone, lang, notice::change::MOST, false);
    }
    let undone = telling.undone.as_ref().filter(|(_, told)| is_among(told, recipient));
    match undone {
        Some((at, _)) if content.purpose == Purpose::Raise => {
            // Who was told of the lift is told that it is undone.
            (content.purpose, content.change) = (Purpose::Update, content.undone.clone());
            content.short_change.clone_from(&content.change);
            content.previous.clone_from(at);
        }
        _ => content.undone.clear(),
    }
    if tell.ask_hours.is_some() && !content.purpose.ends() {
        content.link = scene.site.config.link();
        content.reply = acknowledgement::code(&id.to_string(), revision, &recipient.id);
    }
    let purpose = if content.undone.is_empty() { content.purpose } else { Purpose::Raise };
    let (purpose_word, class) = (purpose.word(), recipient.audience.word());
    let key = format!("{id}.r{revision}.{purpose_word}.{class}-{}", recipient.id);
    let lines = lines(scene.site, telling, recipient);
    if known {
        say_lost(scene.site, telling, (tell, recipient), &lines, &mut content);
    }
    content.asks = asks(scene.site, tell, recipient, &content, &lines);
    let window = (quiet::after(scene.rule, recipient.audience, spans, &scene.site.config.zone, scene.now), expires_at);
    let (made, missing) = notice::render(&scene.site.texts, tell, recipient, &content, &lines, key, window)
        .map_err(|problem| AppError::Template(Box::new(problem)))?;
    let made = made.map(|notice| Notice { purpose, ..notice });
    let enclosed = made.map(|notice| enclose(scene, (id, revision), &telling.hours, (recipient, known), notice));
    Ok((enclosed.and_then(|notice| as_mode_wants(scene.site, scene.mode, notice)), missing))
}

/// Whether a recipient is told. A lift goes to those who were told, and to nobody else; another plan for the same
/// periods to those whose hours it changes.
pub(crate) fn is_told(scene: &Scene<'_>, telling: &Telling<'_>, recipient: &notice::Recipient<'_>) -> bool {
    let known = telling.knows(recipient);
    let Some(plan) = telling.plan else { return known };
    if !concerns(scene, recipient) {
        return false;
    }
    let Some(enterprise) = recipient.enterprise else {
        return telling.before.is_none() || recipient.audience == Audience::Duty;
    };
    let from = scene.now.timestamp();
    if let Some(before) = telling.before {
        return plan.told_of(&enterprise.id, from) != before.told_of(&enterprise.id, from);
    }
    // What a standing rule asks of it already is not told again.
    let village = scene.site.roster.village(&enterprise.village);
    let asks = |level: &Level, process: &cuofeng_town::roster::Process| {
        level.measures.iter().any(|m| m.activities.contains(&process.activity) && m.of.takes(enterprise, village))
    };
    let asked = |process: &cuofeng_town::roster::Process| {
        telling.spans.iter().filter_map(|s| scene.rule.levels.get(s.level)).any(|level| asks(level, process))
    };
    known || plan.rows_of(&enterprise.id).next().is_some() || !enterprise.processes.iter().any(asked)
}

fn lines(site: &Site, telling: &Telling<'_>, recipient: &notice::Recipient<'_>) -> Vec<notice::Line> {
    let (config, weights) = (&site.config, &site.weights);
    let lines = |(plan, enterprise): (&Plan, &Enterprise)| {
        notice::hours::lines(plan, &enterprise.id, weights, &config.zone, config.language)
    };
    telling.plan.zip(recipient.enterprise).map_or_else(Vec::new, lines)
}

/// What was made for whom, in words: nothing of it has left yet. Empty where nobody outwards is told.
fn others(site: &Site, notices: &[Notice]) -> String {
    let lang = site.config.language;
    let by_hand = |part: &notice::Part| part.by_hand || site.config.routes.first(part.form) == ChannelName::ByHand;
    let of = |audience| notices.iter().filter(move |n| n.audience == audience).flat_map(|n| &n.parts);
    let classes = [Audience::Enterprise, Audience::Village, Audience::Keeper, Audience::Department];
    let counted = classes.into_iter().filter_map(|audience| {
        let wired = |form| of(audience).filter(|part| part.form == form && !by_hand(part)).count();
        let mut ways: Vec<(Message, usize)> = Form::ALL.map(|form| (form.message(), wired(form))).to_vec();
        ways.push((ChannelName::ByHand.message(), of(audience).filter(|part| by_hand(part)).count()));
        ways.retain(|(_, count)| *count > 0);
        let words = ways.into_iter().enumerate().map(|(place, (way, count))| {
            let key = match (audience, place) {
                (Audience::Village, 0) if of(audience).any(|part| !by_hand(part)) => "notice.told_aloud",
                (Audience::Village, _) | (_, 1..) => "notice.told_more",
                _ => "notice.told_count",
            };
            msg!(key).with("audience", audience.message()).with("way", way).with("count", count).text(lang)
        });
        words.reduce(|counts, next| msg!("notice.told_counts", counts = counts, next = next).text(lang))
    });
    counted.collect::<Vec<_>>().join(lang.semicolon())
}

/// The departments that are copied in where an order speaks for the rule; of a lift, all who may have been.
fn copies(scene: &Scene<'_>, spans: &[Span], lift: bool) -> Option<Tell> {
    if !spans.iter().any(|span| span.ordered) {
        return None;
    }
    if lift {
        let departments = &scene.site.roster.departments;
        let subjects = departments.iter().flat_map(|d| d.subjects.clone()).chain([String::new()]);
        return Some(relay::copies(subjects.collect()));
    }
    let order = order_behind(scene, spans).filter(|order| scene.rule.hears(order))?;
    Some(relay::copies(vec![order.subject.clone()]))
}

/// A notice as the mode lets it out: in an exercise marked, and to the list alone.
pub(crate) fn as_mode_wants(site: &Site, mode: Mode, notice: Notice) -> Option<Notice> {
    let config = &site.config;
    match mode {
        Mode::Exercise => notice::exercise::marked(notice, &config.exercise_to, config.language),
        Mode::Live | Mode::DryRun => Some(notice),
    }
}

/// The highest level of some periods.
fn level_of<'r>(rule: &'r Rule, spans: &[Span]) -> Option<&'r Level> {
    spans.iter().map(|s| s.level).min().and_then(|level| rule.levels.get(level))
}

/// How near hot spots are to villages, in metres, of which alone a rule speaks; none where it speaks of the forecast.
pub(crate) fn hot_spots(rule: &Rule) -> Option<u32> {
    let only_fires = rule.conditions().all(|condition| !sense::uses_forecast(&condition.expr));
    rule.conditions().filter_map(|condition| sense::fire_metres(&condition.expr)).max().filter(|_| only_fires)
}

/// Whether a notice is any of a recipient's business: a village and its keepers hear of hot spots near it alone.
fn concerns(scene: &Scene<'_>, recipient: &notice::Recipient<'_>) -> bool {
    let village = match recipient.audience {
        Audience::Village => recipient.id.as_str(),
        Audience::Keeper => recipient.id.rsplit_once('-').map_or("", |(code, _)| code),
        _ => return true,
    };
    let hour = Hour::containing(scene.now);
    hot_spots(scene.rule).is_none_or(|metres| scene.known.fire_near(village, hour, metres))
}

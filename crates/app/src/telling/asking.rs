//! What a short message asks of a recipient, and what it loses by a change, in the room that there is.
//!
//! In: what is said to everyone, a recipient, the lines of its plan. Out: the few words of its short message. Can't happen:
//! more than two parts in Chinese for want of a shorter word; hours that are lost and not mentioned.

use crate::telling::revision::Telling;
use cuofeng_base::msg;
use cuofeng_base::word::Form;
use cuofeng_notice::{self as notice, Audience, Basis, Content, Purpose, asks};
use cuofeng_office::site::Site;
use cuofeng_rules::Tell;

/// Adds to what changes the hours that an enterprise was told as free and that are not any more.
pub(crate) fn say_lost(
    site: &Site,
    telling: &Telling<'_>,
    (tell, recipient): (&Tell, &notice::Recipient<'_>),
    lines: &[notice::Line],
    content: &mut Content,
) {
    let (zone, lang) = (&site.config.zone, site.config.language);
    let plans = telling.hours.plan_before.zip(telling.plan).filter(|_| content.undone.is_empty());
    let told = recipient.enterprise.filter(|_| content.purpose == Purpose::Update);
    let (Some(plans), Some(enterprise)) = (plans, told) else { return };
    let lost = notice::withdrawn::words(plans, &enterprise.id, zone, lang);
    if lost.is_empty() {
        return;
    }
    let (whole, short) = notice::change::with_lost(&content.change, &lost, lang);
    let with = |change: &str| Content { short_change: change.to_owned(), ..content.clone() };
    let fits = others_words(site, tell, recipient, &with(&whole), lines)
        .is_none_or(|count| whole.chars().count() <= notice::change::MOST && count + asks::LEAST <= asks::room(lang));
    content.short_change = if fits { whole.clone() } else { short };
    content.change = whole;
}

/// What is asked of a recipient, in the few words of a short message.
pub(crate) fn asks(
    site: &Site,
    tell: &Tell,
    recipient: &notice::Recipient<'_>,
    content: &Content,
    lines: &[notice::Line],
) -> String {
    let lang = site.config.language;
    if content.purpose.ends() {
        let resume = match (content.banned, content.others) {
            (true, _) => msg!("asks.resume_banned"),
            (false, true) => msg!("asks.resume_others"),
            (false, false) => msg!("asks.resume"),
        };
        return resume.text(lang);
    }
    if content.banned && recipient.audience == Audience::Keeper {
        let code = recipient.id.rsplit_once('-').map_or("", |(code, _)| code);
        let village = site.roster.village(code);
        let is_loud = village.is_some_and(|village| village.loudspeaker.is_some());
        return if is_loud { msg!("asks.patrol") } else { msg!("asks.patrol_silent") }.text(lang);
    }
    let by_mail = recipient.mailed(tell);
    let room = room(site, tell, recipient, content, lines);
    if !content.measures.is_empty() {
        return asks::of_order(&content.measures, &content.deadline, room, by_mail, lang);
    }
    if content.basis == Basis::Order && lines.is_empty() {
        return asks::of_order(&msg!("asks.order").text(lang), &content.deadline, room, by_mail, lang);
    }
    asks::of_lines(lines, room, by_mail, lang)
}

/// How long a short message is without what it asks; none where none is sent.
fn others_words(
    site: &Site,
    tell: &Tell,
    recipient: &notice::Recipient<'_>,
    content: &Content,
    lines: &[notice::Line],
) -> Option<usize> {
    let probe = Content { asks: "一".to_owned(), ..content.clone() };
    let words = Some(&probe)
        .filter(|_| tell.forms.contains(&Form::Sms))
        .and_then(|probe| site.texts.full(&tell.template, recipient, probe, lines).ok())?;
    Some(words.example().encode_utf16().count().saturating_sub(1))
}

/// How much of two parts the other words of a short message leave.
fn room(
    site: &Site,
    tell: &Tell,
    recipient: &notice::Recipient<'_>,
    content: &Content,
    lines: &[notice::Line],
) -> usize {
    let texts = &site.texts;
    let Some(others) = others_words(site, tell, recipient, content, lines) else { return texts.room() };
    asks::room(texts.lang()).saturating_sub(others).max(asks::LEAST).min(texts.room())
}

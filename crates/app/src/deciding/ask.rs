//! Notices that ask for a release.
//!
//! In: a draft. Out: a notice for each who may release it, and for who stands in. Can't happen: its author asked.

use crate::deciding::compose::Composed;
use crate::error::AppError;
use crate::judging::scene::Scene;
use crate::telling::content::content;
use crate::telling::notices::as_mode_wants;
use cuofeng_notice::{self as notice, Notice, Purpose};
use cuofeng_rules::{Recipients, warning};

/// The notices that ask for a release: of those on duty at once, of who stands in for them when half of the time
/// has gone without an answer.
pub(crate) fn ask_release(
    scene: &Scene<'_>,
    composed: &Composed,
    to: Recipients,
    by: &str,
) -> Result<Vec<Notice>, AppError> {
    let (zone, lang) = (&scene.site.config.zone, scene.site.config.language);
    let wish = &composed.wish;
    let mut content = content(scene, &wish.spans, wish.purpose, composed.number, String::new(), &wish.reason);
    content.purpose = Purpose::Draft;
    content.periods = warning::spans_words(&wish.spans, zone, lang);
    content.short_periods = warning::spans_short(&wish.spans, zone, lang, notice::change::MOST, true);
    content.previous = composed.id.to_string();
    content.level = wish.action.message().text(lang);
    content.link = scene.site.config.link();
    let half = (warning::deadline(scene.rule, &wish.spans, scene.now) - scene.now) / 2;
    let from = if to == Recipients::Deputies { scene.now + half } else { scene.now };
    let tell = notice::own::ask_release(to);
    let mut notices = Vec::new();
    let asked = notice::select(&tell, &scene.site.roster, &scene.site.shift(scene.now), &|_| false);
    for recipient in asked.into_iter().filter(|recipient| recipient.name != by) {
        let key = format!("{}.r{}.draft.duty-{}", composed.id, composed.number, recipient.id);
        let expires = wish.spans.iter().map(|s| s.period.end).max().unwrap_or(scene.now);
        let (notice, _) = notice::render(&scene.site.texts, &tell, &recipient, &content, &[], key, (from, expires))
            .map_err(|problem| AppError::Template(Box::new(problem)))?;
        notices.extend(notice.and_then(|notice| as_mode_wants(scene.site, scene.mode, notice)));
    }
    Ok(notices)
}

//! What goes with an enterprise's mail: its hours as a calendar file.
//!
//! In: what is told to an enterprise now and what it was told before. Out: its notice with the file. Can't happen: a
//! file with other hours than the notice's words (both are made from the same plan); an event that a lift leaves standing.

use crate::channels::sender;
use crate::judging::scene::Scene;
use cuofeng_base::time::Period;
use cuofeng_base::word::{Form, Mode};
use cuofeng_notice::calendar::{self, Calendar, Entry};
use cuofeng_notice::{self as notice, Notice, Recipient};
use cuofeng_plan::Plan;
use cuofeng_rules::warning::EpisodeId;

/// What is told, and what was told before.
#[derive(Clone)]
pub(crate) struct Hours<'a> {
    pub(crate) title: &'a str,
    /// The identity of the site that began the episode.
    pub(crate) site: &'a str,
    /// The periods ahead; at an end, none.
    pub(crate) periods: &'a [Period],
    pub(crate) plan: Option<&'a Plan>,
    pub(crate) periods_before: &'a [Period],
    pub(crate) plan_before: Option<&'a Plan>,
}

/// The notice with the calendar file of its recipient's hours, where it goes to an enterprise by mail. `known` says
/// whether the recipient was told of the episode before.
pub(crate) fn enclose(
    scene: &Scene<'_>,
    (id, revision): (&EpisodeId, u32),
    hours: &Hours<'_>,
    (recipient, known): (&Recipient<'_>, bool),
    mut notice: Notice,
) -> Notice {
    let parts = notice.parts.iter().chain(notice.reserve.iter().map(|step| &step.part));
    let by_mail = parts.into_iter().any(|part| part.form == Form::Email && !part.by_hand);
    let Some(enterprise) = recipient.enterprise.filter(|_| by_mail) else {
        return notice;
    };
    let (config, episode) = (&scene.site.config, id.to_string());
    let organiser = sender(config).map(|from| from.email.to_string()).unwrap_or_default();
    let of = Calendar {
        episode: &episode,
        site: hours.site,
        revision,
        at: scene.now,
        office: &config.name,
        organiser: &organiser,
        exercise: scene.mode == Mode::Exercise,
        zone: &config.zone,
        lang: config.language,
    };
    let entries = |plan: Option<&Plan>, periods: &[Period]| -> Vec<Entry> {
        let planned = plan.filter(|plan| plan.rows_of(&enterprise.id).next().is_some());
        let Some(plan) = planned else {
            return calendar::told(periods, &enterprise.id, hours.title, &of);
        };
        let weights = &scene.site.weights;
        let lines = notice::hours::lines(plan, &enterprise.id, weights, &config.zone, config.language);
        calendar::planned(plan, &enterprise.id, &lines, &of)
    };
    let before = if known { entries(hours.plan_before, hours.periods_before) } else { Vec::new() };
    let file = calendar::file(&entries(hours.plan, hours.periods), &before, &of);
    notice.enclosures.extend(file.map(|file| file.enclosure(&of)));
    notice
}

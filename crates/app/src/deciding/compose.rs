//! From what is to be told to a revision with its notices, ready to be written.
//!
//! In: a scene and a wish. Out: [`Composed`], in memory. Can't happen: a notice to someone it is no business of.

use chrono::{DateTime, Duration, Utc};

use crate::error::AppError;
use crate::judging::scene::Scene;
use crate::telling::content::content;
use crate::telling::enclose::Hours;
use crate::telling::notices::{hot_spots, notices};
use crate::telling::removed::to_removed;
use crate::telling::revision::Telling;
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Period, day_words};
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::{self as notice, Content, Notice, Purpose, Unreachable};
use cuofeng_plan::{self as plan, Plan};
use cuofeng_rules::warning::{Act, Episode, EpisodeId, Span};
use cuofeng_rules::{Level, Recipients};
use cuofeng_store::Store;
use cuofeng_store::removed::Known;
use cuofeng_town::roster::Enterprise;

/// What is to be told.
pub(crate) struct Wish {
    pub(crate) purpose: Purpose,
    /// What the revision does.
    pub(crate) action: Act,
    /// The periods; at an end, those that it takes back.
    pub(crate) spans: Vec<Span>,
    /// Why, in the site's language.
    pub(crate) reason: String,
}

/// A revision with its notices.
pub(crate) struct Composed {
    pub(crate) id: EpisodeId,
    pub(crate) number: u32,
    /// Whether the episode is a new one.
    pub(crate) opens: bool,
    pub(crate) wish: Wish,
    pub(crate) notices: Vec<Notice>,
    /// The same as one text for a chat group; nothing where nobody outwards is told.
    pub(crate) group: Option<String>,
    /// Those of them who are in the tables no more.
    pub(crate) removed: Vec<Known>,
    pub(crate) unreachable: Vec<Unreachable>,
    /// The plan told with it; an end has none.
    pub(crate) plan: Option<Plan>,
    /// Where its words come from.
    pub(crate) words: Words,
}

/// Where a revision's words come from.
pub(crate) enum Words {
    /// Templates, given this.
    Templates(Box<Content>),
    /// An earlier draft, in which a person put words for others, in this order.
    ByHand(Vec<(String, String)>),
}

/// When a lift that is undone was told, and to whom: audience and identifier.
type Undone = (DateTime<Utc>, Vec<(String, String)>);

/// Renders what is to be told.
pub(crate) async fn compose(
    store: &Store,
    scene: &Scene<'_>,
    episode: Option<&Episode>,
    wish: Wish,
) -> Result<Composed, AppError> {
    let (zone, lang) = (&scene.site.config.zone, scene.site.config.language);
    let (id, number, times) = match episode {
        Some(episode) => (episode.id.clone(), episode.revision + 1, episode.told + 1),
        None => (new_episode(store, scene).await?, 1, 1),
    };
    let previous = episode.filter(|e| e.told > 0).map(|e| zone.words(e.told_at, lang)).unwrap_or_default();
    let ahead: Vec<Span> = wish.spans.iter().filter(|s| s.period.end > scene.now).copied().collect();
    let mut content = content(scene, &ahead, wish.purpose, times, previous, &wish.reason);
    let undone = if wish.purpose == Purpose::Raise { undone_lift(store, scene, &ahead).await? } else { None };
    content.change = change(scene, episode, &wish);
    content.short_change = notice::change::short(&content.change, lang);
    content.until_spoken = until_spoken(scene, episode, &wish);
    if let Some((at, _)) = &undone {
        let when = notice::change::called(*at, scene.now, zone, lang);
        content.undone = msg!("change.undone", when = when).text(lang);
    }
    let told = store.told_plan(&id.to_string()).await?;
    let plan = match &wish.purpose {
        purpose if purpose.ends() => None,
        _ => Some(plan(store, scene, &ahead, (&id.to_string(), told.as_ref()), &|_| true).await?),
    };
    if let Some(plan) = &plan {
        content.worth = notice::hours::worth(plan, &scene.site.weights, lang);
    }
    let already = store.told(&id).await?;
    let last = store.last_told(&id.to_string(), scene.now).await?;
    let seldom = scene.rule.tell.iter().any(|tell| tell.extend_days.is_some());
    let revisions = if seldom { store.revisions(&id.to_string()).await? } else { Vec::new() };
    let elsewhere = if wish.purpose.ends() { told_elsewhere(store, &id, scene.now).await? } else { Vec::new() };
    // A person's word on hours changes no period: those are told whom it concerns.
    let before = told.as_ref().filter(|_| wish.action == Act::Replan);
    let periods: Vec<Period> = ahead.iter().map(|s| s.period).collect();
    let spans_before = episode.map_or(&[][..], |e| e.spans.as_slice());
    let periods_before: Vec<Period> = spans_before.iter().map(|s| s.period).collect();
    let site = store.site_of(&id.to_string()).await?;
    let hours = Hours {
        site: &site,
        title: &content.title,
        periods: if wish.purpose.ends() { &[] } else { &periods },
        plan: plan.as_ref(),
        periods_before: &periods_before,
        plan_before: told.as_ref(),
    };
    let telling = Telling {
        spans: &ahead,
        content: &content,
        plan: plan.as_ref(),
        before,
        already: &already,
        last: &last,
        revisions: &revisions,
        extends: wish.action == Act::Extend,
        elsewhere: &elsewhere,
        undone: undone.as_ref().map(|(at, told)| (zone.words(*at, lang), told.as_slice())),
        hours,
    };
    let (mut notices, mut unreachable, group) = notices(scene, &telling, &id, number)?;
    let mut removed = Vec::new();
    if telling.content.purpose.ends() {
        let (others, missing, known) = to_removed(store, scene, &telling, (&id, number)).await?;
        removed.extend(known);
        notices.extend(others);
        unreachable.extend(missing);
    }
    let words = Words::Templates(Box::new(content));
    Ok(Composed { id, number, opens: episode.is_none(), wish, notices, group, removed, unreachable, words, plan })
}

/// Who was told of another episode that has hours ahead: class and identifier.
async fn told_elsewhere(store: &Store, id: &EpisodeId, now: DateTime<Utc>) -> Result<Vec<(String, String)>, AppError> {
    let mut told = Vec::new();
    for (kind, region) in store.open_kinds().await? {
        if Trouble::is_kind(&kind) {
            continue;
        }
        let Some(episode) = store.open_episode(&kind, &region).await? else { continue };
        if episode.id != *id && episode.spans.iter().any(|span| span.period.end > now) {
            told.extend(store.told(&episode.id).await?);
        }
    }
    Ok(told)
}

/// What a wish changes of what was told, in words; of an end, how it ends.
fn change(scene: &Scene<'_>, episode: Option<&Episode>, wish: &Wish) -> String {
    let (zone, lang) = (&scene.site.config.zone, scene.site.config.language);
    let told = episode.map_or(&[][..], |e| e.spans.as_slice());
    match wish.purpose {
        Purpose::Lift if hot_spots(scene.rule).is_some() => msg!("change.settled").text(lang),
        Purpose::Lift | Purpose::Cancel => {
            let is_order = scene.rule.relays.is_some() || told.iter().any(|span| span.ordered);
            notice::change::ending(wish.purpose, is_order, told, scene.now).text(lang)
        }
        Purpose::Update if wish.action != Act::Replan => {
            let levels: Vec<String> = scene.rule.levels.iter().map(|level| level.name.clone()).collect();
            let banned = notice::is_banned(scene.rule);
            notice::change::words((told, &wish.spans), (&levels, banned), scene.now, zone, lang)
        }
        Purpose::Update => msg!("change.plan").text(lang),
        Purpose::Raise | Purpose::Draft | Purpose::Reminder => String::new(),
    }
}

/// To which day a wish extends what was told, for the ear; empty where it does anything else.
fn until_spoken(scene: &Scene<'_>, episode: Option<&Episode>, wish: &Wish) -> String {
    let (zone, lang) = (&scene.site.config.zone, scene.site.config.language);
    let told = episode.map_or(&[][..], |e| e.spans.as_slice());
    let until = match wish.purpose {
        Purpose::Update => notice::change::extended_to((told, &wish.spans), scene.now, zone),
        _ => None,
    };
    match lang {
        Lang::Zh => until.map(notice::speech::date),
        Lang::En => until.map(|day| day_words(day, lang)),
    }
    .unwrap_or_default()
}

/// The lift of an earlier episode that a new one undoes: when it was told, and to whom. Only the program's own counts,
/// and of hours that the new episode asks for again.
async fn undone_lift(store: &Store, scene: &Scene<'_>, spans: &[Span]) -> Result<Option<Undone>, AppError> {
    let of = (scene.rule.kind.as_str(), scene.region.id.as_str());
    let since = scene.now - Duration::hours(36);
    for lifted in store.lifted_since(of, since).await? {
        let again = lifted.spans.iter().any(|s| spans.iter().any(|a| a.period.intersect(&s.period).is_some()));
        if again {
            return Ok(Some((lifted.at, store.told_of(&lifted.episode).await?)));
        }
    }
    Ok(None)
}

/// Plans the hours of everyone that a rule tells; of them, those who are meant.
pub(crate) async fn plan(
    store: &Store,
    scene: &Scene<'_>,
    spans: &[Span],
    (episode, told): (&str, Option<&Plan>),
    meant: &(dyn Fn(&Enterprise) -> bool + Sync),
) -> Result<Plan, AppError> {
    let days = Duration::days(i64::from(scene.site.weights.fair.days));
    let past = store.past_plans(episode, scene.now - days, scene.now).await?;
    let words: Vec<plan::Word> = store.spoken(scene.now).await?.into_iter().map(|spoken| spoken.word).collect();
    let level = spans.iter().map(|s| s.level).min().and_then(|level| scene.rule.levels.get(level));
    let level = level.map_or("", |l: &Level| l.id.as_str());
    let free = |e: &Enterprise| scene.rule.exemption(e, level).is_some();
    let tells = scene.rule.tell.iter().filter(|tell| tell.to == Recipients::Enterprises);
    let shift = scene.site.shift(scene.now);
    let mut enterprises: Vec<&Enterprise> = Vec::new();
    for enterprise in
        tells.flat_map(|tell| notice::select(tell, &scene.site.roster, &shift, &free)).filter_map(|r| r.enterprise)
    {
        if meant(enterprise) && enterprises.iter().all(|known| known.id != enterprise.id) {
            enterprises.push(enterprise);
        }
    }
    let config = &scene.site.config;
    Ok(plan::plan(&plan::Given {
        rule: scene.rule,
        spans,
        region: &scene.region.id,
        enterprises: &enterprises,
        roster: &scene.site.roster,
        standing: scene.standing,
        series: &scene.merged.series,
        zone: &config.zone,
        calendar: &scene.site.calendar,
        planning: &config.planning,
        weights: &scene.site.weights,
        told,
        carried: &plan::fair::carried(&past),
        words: &words,
        now: scene.now,
    }))
}

async fn new_episode(store: &Store, scene: &Scene<'_>) -> Result<EpisodeId, AppError> {
    let (kind, region) = (scene.rule.kind.clone(), scene.region.id.clone());
    let day = scene.site.config.zone.day(scene.now);
    let ordinal = store.last_ordinal(&kind, &region, day).await? + 1;
    Ok(EpisodeId { kind, region, day, ordinal })
}

//! What must hold whatever forecasts, orders and restarts come, in whatever order.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use proptest::prelude::*;

use super::{Action, Change, Decision, Episode, EpisodeId, Revision, Situation, Span, decide, no_forecast};
use crate::expr::Tri;
use crate::{Rule, Verdicts};
use cuofeng_base::time::{Hour, Period, Zone};

/// One moment: hours passed since the last one, the forecast's answers by level, whether it is stale, orders in force.
#[derive(Debug, Clone)]
struct Moment {
    passed: i64,
    levels: [Vec<u8>; 2],
    stale: bool,
    order: Option<(i64, i64, usize)>,
    /// Whether what is decided is told; else it is a draft that nobody releases.
    released: bool,
    /// Whether what was told last rested on a forecast that was withdrawn or corrected since.
    unfounded: bool,
}

fn moment() -> impl Strategy<Value = Moment> {
    let runs = prop::collection::vec((0_u8..3, 1_usize..30), 1..8);
    let column =
        runs.prop_map(|runs| runs.into_iter().flat_map(|(a, n)| std::iter::repeat_n(a, n)).collect::<Vec<u8>>());
    let passed = prop_oneof![4 => 1_i64..13, 1 => -3_i64..1, 1 => 20_i64..200];
    let order = prop::option::weighted(0.2, (0_i64..30, 1_i64..40, 0_usize..2));
    let chances = (prop::bool::weighted(0.15), prop::bool::weighted(0.8), prop::bool::weighted(0.2));
    (passed, column.clone(), column, order, chances).prop_map(
        |(passed, high, low, order, (stale, released, unfounded))| {
            let levels = [high, low];
            Moment { passed, levels, stale, order, released, unfounded }
        },
    )
}

fn rule(shape: &str) -> Rule {
    let source = format!(
        "[[rule]]\nid='a'\nname='甲'\nkind='a'\nsource='文'\nshape='{shape}'\nlead_hours=2\nmerge_days=1\n\
         [[rule.level]]\nid='h'\nname='高'\nwhen='pm25 > 150 µg/m³'\n\
         [[rule.level]]\nid='l'\nname='低'\nwhen='pm25 > 115 µg/m³'\n"
    );
    crate::file::parse("rule.toml", &source, cuofeng_air::forecast::Take::Middle).expect("a rule").remove(0)
}

fn tri(code: u8) -> Tri {
    [Tri::False, Tri::Unknown, Tri::True][usize::from(code.min(2))]
}

struct World {
    rule: Rule,
    zone: Zone,
    now: DateTime<Utc>,
    id: Option<EpisodeId>,
    revisions: Vec<Revision>,
    ended: Vec<String>,
}

impl World {
    fn new(shape: &str) -> Self {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let now = zone.at(NaiveDate::from_ymd_opt(2026, 7, 14).expect("a day"), 8);
        Self { rule: rule(shape), zone, now, id: None, revisions: Vec::new(), ended: Vec::new() }
    }

    /// The open episode as a restart would read it.
    fn read(&self) -> Option<Episode> {
        Episode::replay(self.id.clone()?, "a".into(), 1, &self.revisions)
    }

    fn decision(&self, moment: &Moment, episode: Option<&Episode>) -> Decision {
        let levels = moment.levels.iter().map(|level| level.iter().map(|c| tri(*c)).collect()).collect();
        // Forecasts look back over three days; the first hours here are the past.
        let first = Hour::containing(self.now) + -24;
        let verdicts = Verdicts { region: "r".into(), first, levels, lift: None };
        let orders: Vec<Span> = moment
            .order
            .and_then(|(from, hours, level)| {
                let period = Period::hours(Hour::containing(self.now) + from, hours)?;
                Some(Span { period, level, ordered: true })
            })
            .into_iter()
            .collect();
        let why = no_forecast();
        let stale = moment.stale.then_some(&why);
        let (rule, zone, now) = (&self.rule, &self.zone, self.now);
        decide(&Situation {
            rule,
            verdicts: &verdicts,
            before: None,
            stale,
            orders: &orders,
            episode,
            zone,
            now,
            next: None,
        })
    }

    fn write(&mut self, action: &Action, spans: Vec<Span>, told: bool) {
        let number = u32::try_from(self.revisions.len()).unwrap_or(0) + 1;
        let action = action.act().expect("a revision follows");
        self.revisions.push(Revision { number, action, spans, at: self.now, told, unfounded: false });
    }

    fn step(&mut self, moment: &Moment) -> Result<(), TestCaseError> {
        self.now += Duration::hours(moment.passed);
        // An untold episode is decided as if it were new.
        let open = self.read();
        let unfounded = moment.unfounded;
        let episode = open.clone().filter(|episode| episode.told > 0).map(|told| Episode { unfounded, ..told });
        let released = moment.released;
        let decision = self.decision(moment, episode.as_ref());
        prop_assert!(!decision.reason.key().is_empty(), "no decision without a reason");
        let asked_of_the_past = |spans: &[Span], told: &[Span]| {
            let useful = self.now + Duration::hours(i64::from(self.rule.lead_hours));
            let new = |s: &&Span| told.iter().all(|t| t.period.intersect(&s.period).is_none());
            spans.iter().filter(new).any(|s| s.period.start < useful)
        };
        match (&decision.action, &episode) {
            (Action::Raise(spans), None) => {
                prop_assert!(!spans.is_empty() && !asked_of_the_past(spans, &[]), "{spans:?} at {}", self.now);
                if open.is_none() {
                    let ordinal = u32::try_from(self.ended.len()).unwrap_or(0) + 1;
                    let day = self.zone.day(self.now);
                    self.id = Some(EpisodeId { kind: "a".into(), region: "r".into(), day, ordinal });
                    self.revisions.clear();
                }
                self.write(&decision.action, spans.clone(), released);
            }
            (Action::Change(change, spans), Some(episode)) => {
                prop_assert!(*spans != episode.spans, "nobody is told the same twice");
                prop_assert!(!asked_of_the_past(spans, &episode.spans), "{spans:?} at {}", self.now);
                let today = episode.changes_on(self.zone.day(self.now), &self.zone);
                let ordered = spans.iter().chain(&episode.spans).any(|s| s.ordered);
                // Beyond the cap nothing is taken back, and something is added that begins before it is too late.
                let covers = |spans: &[Span], told: &Span| {
                    (told.period.starts().start.0..told.period.starts().end.0).map(Hour).all(|hour| {
                        let at = |s: &&Span| s.period.contains(hour.start()) && s.level <= told.level;
                        hour.start() < self.now || spans.iter().find(at).is_some()
                    })
                };
                let grows = episode.spans.iter().all(|told| covers(spans, told))
                    && spans.iter().any(|span| !covers(&episode.spans, &Span { level: usize::MAX, ..*span }));
                prop_assert!(
                    *change == Change::Upgrade || ordered || unfounded || today == 0 || grows,
                    "the daily cap"
                );
                self.write(&decision.action, spans.clone(), released);
            }
            (Action::Lift, Some(episode)) => {
                let ordered = episode.spans.iter().all(|s| s.ordered || s.period.end <= self.now);
                prop_assert!(!moment.stale || ordered, "a missing forecast never lifts");
                prop_assert!(episode.end().is_some_and(|end| end > self.now), "only an earlier end is told");
                self.write(&decision.action, episode.spans.clone(), released);
                if released {
                    self.ended.push("lift".into());
                }
            }
            (Action::Expire, Some(episode)) => {
                prop_assert!(episode.end().is_none_or(|end| end <= self.now), "not before its told end");
                self.write(&decision.action, episode.spans.clone(), true);
                self.ended.push("expire".into());
            }
            (Action::Hold(_) | Action::Stale, _) => {}
            other => prop_assert!(false, "{other:?}"),
        }
        // Decided again at once, nothing more is told.
        let again = self.read().filter(|episode| episode.told > 0);
        // What was not told goes on resting on the forecast that is none any more.
        let again = again.map(|told| Episode { unfounded: unfounded && !released, ..told });
        let second = self.decision(moment, again.as_ref());
        let tells = !matches!(decision.action, Action::Hold(_) | Action::Stale | Action::Expire);
        if tells && !released {
            let told = |episode: &Option<Episode>| episode.as_ref().map(|e| (e.told, e.spans.clone()));
            prop_assert_eq!(told(&again), told(&episode), "a draft that nobody released has told nobody");
            prop_assert_eq!(&second.action, &decision.action, "and it is still to be told");
            return Ok(());
        }
        let ended = matches!(decision.action, Action::Lift | Action::Expire);
        let quiet = matches!(second.action, Action::Hold(_) | Action::Stale) || ended;
        prop_assert!(quiet, "{:?} and at once {:?}", decision.action, second.action);
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_comes_nobody_is_told_twice_and_every_episode_ends(
        shape in prop::sample::select(vec!["hours", "days", "10-17", "20-08"]),
        moments in prop::collection::vec(moment(), 1..30),
    ) {
        let mut world = World::new(shape);
        for moment in &moments {
            world.step(moment)?;
        }
        // Nothing more comes: the episode's told end does.
        if let Some(episode) = world.read().filter(|episode| episode.told > 0) {
            world.now = world.now.max(episode.end().unwrap_or(world.now));
            let silent = Moment { passed: 0, levels: [Vec::new(), Vec::new()], stale: true, order: None, released: true, unfounded: false };
            world.step(&silent)?;
            prop_assert!(world.read().is_none(), "its told end has come");
        }
    }
}

mod levels;

use chrono::{DateTime, NaiveDate, Utc};

use super::*;
use crate::expr::Tri;
use crate::{Rule, Verdicts};
use cuofeng_base::text::Lang;
use cuofeng_base::time::{Hour, Period, Zone};

/// What a day's hours say.
#[derive(Clone, Copy)]
enum Day {
    Over,
    Under,
    Missing,
}
use Day::{Missing, Over, Under};

fn rule() -> Rule {
    let source = "[[rule]]\nid='ozone'\nname='臭氧'\nkind='ozone'\nsource='文'\nseason='04-01..09-30'\n\
                  shape='10-17'\nlead_hours=2\nlift_hours=36\nmerge_days=1\n\
                  [[rule.level]]\nid='exceed'\nname='超标'\nwhen='o3 > 160 µg/m³'\n\
                  [[rule.tell]]\nto='duty'\nforms=['email']\ntemplate='ozone/duty'\n";
    crate::file::parse("rule.toml", source, cuofeng_air::forecast::Take::Middle).expect("a rule").remove(0)
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

fn at(day: u32, hour: u32) -> DateTime<Utc> {
    zone().at(NaiveDate::from_ymd_opt(2026, 7, day).expect("a day"), hour)
}

fn span(day: u32) -> Span {
    Span::own(Period { start: at(day, 10), end: at(day, 17) }, 0)
}

fn told(days: &[u32], told_at: DateTime<Utc>, revision: u32) -> Episode {
    let day = zone().day(told_at);
    let changed_at = if revision > 1 { vec![told_at] } else { Vec::new() };
    Episode {
        changed_at,
        unfounded: false,
        draft_unfounded: false,
        told: revision,
        rule_set: 1,
        id: EpisodeId { kind: "ozone".into(), region: "r".into(), day, ordinal: 1 },
        rule: "ozone".into(),
        revision,
        spans: days.iter().map(|d| span(*d)).collect(),
        told_at,
    }
}

/// The decision at `now` with verdicts for whole days from 14 July on.
fn decide_at(now: DateTime<Utc>, days: &[Day], episode: Option<&Episode>) -> Decision {
    let hours = days
        .iter()
        .flat_map(|day| {
            let tri = match day {
                Over => Tri::True,
                Under => Tri::False,
                Missing => Tri::Unknown,
            };
            [tri; 24]
        })
        .collect();
    let verdicts = Verdicts { region: "r".into(), first: Hour::containing(at(14, 0)), levels: vec![hours], lift: None };
    decide(&Situation {
        rule: &rule(),
        verdicts: &verdicts,
        before: None,
        stale: None,
        orders: &[],
        episode,
        zone: &zone(),
        now,
        next: None,
    })
}

/// A rule of two levels that asks for exact hours.
fn two_levels() -> Rule {
    let source = "[[rule]]\nid='pm'\nname='颗粒物'\nkind='pm'\nsource='文'\nshape='hours'\nlead_hours=2\n\
                  lift_hours=24\norders=['重污染天气']\n\
                  [[rule.level]]\nid='heavy'\nname='重度'\nwhen='pm25 > 150 µg/m³'\n\
                  [[rule.level]]\nid='moderate'\nname='中度'\nwhen='pm25 > 115 µg/m³'\n";
    crate::file::parse("rule.toml", source, cuofeng_air::forecast::Take::Middle).expect("a rule").remove(0)
}

/// Verdicts of [`two_levels`] from 14 July 00:00 on: `h` heavy, `m` moderate, `.` neither, `?` unknown.
fn verdicts(hours: &str) -> Verdicts {
    let level = |holds: &[char]| {
        let answer = |c: char| match c {
            '?' => Tri::Unknown,
            c => Tri::from(holds.contains(&c)),
        };
        hours.chars().map(answer).collect::<Vec<Tri>>()
    };
    let levels = vec![level(&['h']), level(&['h', 'm'])];
    Verdicts { region: "r".into(), first: Hour::containing(at(14, 0)), levels, lift: None }
}

fn hours_told(spans: &[Span]) -> Episode {
    Episode {
        spans: spans.to_vec(),
        id: EpisodeId { kind: "pm".into(), ..told(&[14], at(14, 0), 1).id },
        ..told(&[14], at(13, 20), 1)
    }
}

fn stretch(from: u32, to: u32, level: usize) -> Span {
    Span::own(Period { start: at(14, from), end: at(14, to) }, level)
}

fn decide_hours(now: DateTime<Utc>, hours: &str, orders: &[Span], episode: Option<&Episode>) -> Decision {
    let (rule, zone, verdicts) = (two_levels(), zone(), verdicts(hours));
    decide(&Situation {
        rule: &rule,
        verdicts: &verdicts,
        before: None,
        stale: None,
        orders,
        episode,
        zone: &zone,
        now,
        next: None,
    })
}

fn pattern(parts: &[(char, usize)]) -> String {
    parts.iter().map(|(c, n)| c.to_string().repeat(*n)).collect()
}

#[test]
fn a_first_notice_names_the_days_that_hold_and_only_hours_that_can_still_be_kept() {
    let raised = decide_at(at(14, 7), &[Over, Over, Under], None);
    assert_eq!(raised.action, Action::Raise(vec![span(14), span(15)]));
    // At noon two hours of lead leave 14:00 to 17:00 of the day.
    let late = decide_at(at(14, 12), &[Over, Over, Under], None);
    let today = Span::own(Period { start: at(14, 14), end: at(14, 17) }, 0);
    assert_eq!(late.action, Action::Raise(vec![today, span(15)]));
    let too_late = decide_at(at(14, 16), &[Over, Under, Under], None);
    assert_eq!(too_late.action, Action::Hold(None));
}

#[test]
fn days_with_one_quiet_day_between_are_one_episode_and_two_are_not() {
    let one = decide_at(at(14, 7), &[Over, Under, Over], None);
    assert_eq!(one.action, Action::Raise(vec![span(14), span(16)]));
    let two = decide_at(at(14, 7), &[Over, Under, Under, Over], None);
    assert_eq!(two.action, Action::Raise(vec![span(14)]));
}

#[test]
fn missing_hours_are_never_all_clear() {
    assert_eq!(decide_at(at(14, 7), &[Missing, Under, Under], None).action, Action::Stale);
    let episode = told(&[15, 16], at(14, 7), 1);
    let gone = decide_at(at(14, 20), &[Over, Missing, Missing], Some(&episode));
    assert_eq!(gone.action, Action::Hold(None), "what was told stands while nothing is known");
}

#[test]
fn an_unchanged_forecast_tells_nobody_again() {
    let episode = told(&[14, 15], at(14, 7), 1);
    assert_eq!(decide_at(at(14, 8), &[Over, Over, Under], Some(&episode)).action, Action::Hold(None));
    assert_eq!(decide_at(at(14, 20), &[Over, Over, Under], Some(&episode)).action, Action::Hold(None));
}

#[test]
fn another_day_is_a_change_and_at_most_one_change_is_told_a_day() {
    let first = told(&[14, 15], at(14, 7), 1);
    let far = decide_at(at(14, 20), &[Over, Over, Over], Some(&first));
    assert_eq!(far.reason.key(), "warning.far", "38 hours ahead, the third day can wait: {far:?}");
    let longer = decide_at(at(15, 8), &[Over, Over, Over], Some(&first));
    assert_eq!(longer.action, Action::Change(Change::Extend, vec![span(14), span(15), span(16)]));
    let changed = told(&[15, 16], at(15, 8), 2);
    let again = decide_at(at(15, 23), &[Over, Over, Over, Over], Some(&changed));
    let held = Action::Hold(Some(vec![span(15), span(16), span(17)]));
    assert_eq!((again.action, again.reason.key()), (held, "warning.told_today"), "what was held back is kept");
}

#[test]
fn what_gets_worse_soon_does_not_wait_for_the_cap_of_the_day() {
    let changed = told(&[15], at(14, 7), 2);
    // Tomorrow was told; now it is the day after as well, which tomorrow's letter still reaches.
    let later = decide_at(at(14, 23), &[Under, Over, Over], Some(&changed));
    assert_eq!(later.reason.key(), "warning.told_today", "{later:?}");
    // Tomorrow from ten o'clock: a letter of tomorrow would leave ten hours.
    let sixteenth = told(&[16], at(14, 7), 2);
    let soon = decide_at(at(14, 20), &[Under, Over, Over], Some(&sixteenth));
    assert_eq!(soon.action, Action::Change(Change::Extend, vec![span(15), span(16)]));
    assert_eq!(soon.reason.key(), "warning.extended_soon");
    // Earlier and longer, hour by hour.
    let hourly = |told: &[Span], pattern: &str| {
        let mut episode = hours_told(told);
        episode.changed_at = vec![at(14, 1)];
        decide_hours(at(14, 6), pattern, &[], Some(&episode))
    };
    let worse = pattern(&[('.', 8), ('m', 14), ('.', 26)]);
    assert_eq!(hourly(&[stretch(10, 20, 1)], &worse).action, Action::Change(Change::Extend, vec![stretch(8, 22, 1)]));
    // What is no longer asked waits for tomorrow although there is a letter.
    let moved = pattern(&[('.', 26), ('m', 6), ('.', 16)]);
    let decision = hourly(&[stretch(28, 36, 1)], &moved);
    assert_eq!(decision.action, Action::Change(Change::Extend, vec![stretch(26, 36, 1)]));
    let shorter = pattern(&[('.', 28), ('m', 4), ('.', 16)]);
    assert_eq!(hourly(&[stretch(28, 36, 1)], &shorter).reason.key(), "warning.told_today");
}

#[test]
fn an_early_end_needs_a_clear_forecast_for_as_long_as_the_rule_says() {
    let episode = told(&[16], at(14, 7), 1);
    let lifted = decide_at(at(14, 20), &[Under, Under, Under, Under], Some(&episode));
    assert_eq!(lifted.action, Action::Lift);
    let unsure = decide_at(at(14, 20), &[Under, Missing, Under, Under], Some(&episode));
    assert_eq!((unsure.action, unsure.reason.key()), (Action::Hold(Some(Vec::new())), "warning.not_yet_clear"));
    // Twelve hours before its start people have arranged themselves.
    let settled = decide_at(at(15, 23), &[Under, Under, Under, Under], Some(&episode));
    assert_eq!(settled.action, Action::Hold(None));
}

#[test]
fn what_rested_on_a_forecast_that_is_none_any_more_is_put_right_at_once() {
    let unfounded = |days: &[u32], now, revision| Episode { unfounded: true, ..told(days, now, revision) };
    // Told for tomorrow and the day after; the forecast was wrong. Two more days are not known to be clear, it begins in
    // two hours, something was changed today already: none of it keeps the mistake standing.
    let wrong = unfounded(&[14, 15], at(14, 8), 2);
    let clear = decide_at(at(14, 8), &[Under, Under, Missing], Some(&wrong));
    assert_eq!((clear.action, clear.reason.key()), (Action::Lift, "warning.anew"));
    let shorter = decide_at(at(14, 8), &[Under, Over, Under], Some(&wrong));
    assert_eq!(shorter.action, Action::Change(Change::Update, vec![span(15)]));
    // Also what has begun, and what is still far off.
    let begun = decide_at(at(14, 12), &[Under, Over, Under], Some(&unfounded(&[14, 15], at(14, 7), 1)));
    assert_eq!(begun.action, Action::Change(Change::Update, vec![span(15)]));
    let far = decide_at(at(14, 8), &[Over, Under, Under, Under], Some(&unfounded(&[14, 16], at(14, 7), 1)));
    assert_eq!(far.action, Action::Change(Change::Update, vec![span(14)]));
    // Where the same is asked as was told, it stands, and is known to.
    let same = decide_at(at(14, 8), &[Over, Over, Under], Some(&wrong));
    assert!(same.action == Action::Hold(None) && same.confirms(), "{same:?}");
}

#[test]
fn what_rested_on_a_forecast_that_is_none_any_more_stands_while_nothing_else_is_known() {
    let wrong = Episode { unfounded: true, ..told(&[14, 15], at(14, 7), 1) };
    let gone = decide_at(at(14, 8), &[Missing, Missing, Missing], Some(&wrong));
    assert_eq!((gone.action.clone(), gone.reason.key()), (Action::Hold(None), "warning.unfounded"));
    assert!(!gone.confirms(), "nothing was decided anew");
    let half = decide_at(at(14, 8), &[Under, Missing, Missing], Some(&wrong));
    assert_eq!(half.action, Action::Change(Change::Update, vec![span(15)]), "what is known is put right");
}

#[test]
fn an_episode_ends_at_its_told_end_and_goes_on_where_the_next_day_holds() {
    let episode = told(&[14], at(14, 7), 1);
    assert_eq!(decide_at(at(14, 20), &[Over, Under, Under], Some(&episode)).action, Action::Expire);
    let on = decide_at(at(14, 20), &[Over, Over, Under], Some(&episode));
    assert_eq!(on.action, Action::Change(Change::Extend, vec![span(14), span(15)]));
}

#[test]
fn a_stale_forecast_neither_raises_nor_lifts_and_the_told_end_still_comes() {
    let reason = no_forecast();
    let hours = vec![Tri::True; 72];
    let verdicts = Verdicts { region: "r".into(), first: Hour::containing(at(14, 0)), levels: vec![hours], lift: None };
    let (rule, zone, episode) = (rule(), zone(), told(&[15], at(14, 7), 1));
    let decided = |episode, now| {
        let stale = Some(&reason);
        decide(&Situation {
            rule: &rule,
            verdicts: &verdicts,
            before: None,
            stale,
            orders: &[],
            episode,
            zone: &zone,
            now,
            next: None,
        })
        .action
    };
    assert_eq!(decided(None, at(14, 7)), Action::Stale);
    assert_eq!(decided(Some(&episode), at(14, 20)), Action::Stale);
    assert_eq!(decided(Some(&episode), at(15, 17)), Action::Expire);
}

#[test]
fn out_of_season_nothing_begins() {
    let now = zone().at(NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day"), 7);
    assert_eq!(decide_at(now, &[], None).reason.key(), "warning.out_of_season");
}

#[test]
fn periods_are_said_once_where_their_clock_hours_are_equal() {
    let spans = [span(14), span(15), span(17)];
    assert_eq!(spans_words(&spans, &zone(), Lang::Zh), "7月14日至7月15日每日10:00—17:00；7月17日10:00—17:00");
    let days = [14, 15].map(|d| Span::own(Period { start: at(d, 0), end: at(d, 24) }, 0));
    assert_eq!(spans_words(&days, &zone(), Lang::Zh), "7月14日00:00—7月15日24:00");
}

/// Named after pnedyalkov91/advanced-weather-widget#200: the key held the start hour, six notices went out in a day.
#[test]
fn regression_widget_200_a_start_that_wanders_is_one_episode_and_one_change_a_day() {
    let mut episode: Option<Episode> = None;
    let mut told = 0;
    for (hour, start) in [(1, 12), (3, 13), (5, 11), (7, 14), (8, 12), (9, 13)] {
        let forecast = pattern(&[('.', start), ('m', 22 - start), ('.', 26)]);
        let decision = decide_hours(at(14, hour), &forecast, &[], episode.as_ref());
        let (Action::Raise(spans) | Action::Change(_, spans)) = decision.action else { continue };
        told += 1;
        let changed = episode.is_some();
        let mut next = episode.unwrap_or_else(|| hours_told(&[]));
        (next.spans, next.told_at) = (spans, at(14, hour));
        if changed {
            next.changed_at.push(at(14, hour));
        }
        episode = Some(next);
    }
    assert!(told <= 2, "one raise, one change: {told}");
}

/// Named after AccessiWeather#449: absence from the feed is no all-clear.
#[test]
fn regression_accessiweather_449_a_forecast_that_is_gone_never_lifts() {
    let episode = hours_told(&[stretch(20, 24, 1)]);
    for hours in ["", "?", &pattern(&[('.', 8)]), &pattern(&[('.', 20), ('?', 76)])] {
        let decision = decide_hours(at(14, 6), hours, &[], Some(&episode));
        assert!(!matches!(decision.action, Action::Lift | Action::Expire), "{hours}: {decision:?}");
    }
}

/// Named after prometheus/alertmanager#2370: a restart lost what was open, and no end was ever told.
#[test]
fn regression_alertmanager_2370_an_episode_read_back_from_its_revisions_is_the_same_and_still_ends() {
    let revision = |number, action, spans: &[Span], hour| Revision {
        number,
        action,
        spans: spans.to_vec(),
        at: at(14, hour),
        told: true,
        unfounded: false,
    };
    let id = hours_told(&[]).id;
    let mut revisions =
        vec![revision(1, Act::Raise, &[stretch(20, 24, 1)], 1), revision(2, Act::Extend, &[stretch(18, 24, 1)], 3)];
    let read = Episode::replay(id.clone(), "pm".into(), 1, &revisions).expect("it is open");
    assert_eq!((read.revision, read.spans.as_slice(), read.changed_at.len()), (2, &[stretch(18, 24, 1)][..], 1));
    let lift = decide_hours(at(14, 6), &pattern(&[('.', 96)]), &[], Some(&read));
    assert_eq!(lift.action, Action::Lift);
    revisions.push(revision(3, Act::Lift, &read.spans, 6));
    assert_eq!(Episode::replay(id, "pm".into(), 1, &revisions), None);
}

#[test]
fn a_draft_that_nobody_released_has_told_nobody() {
    let revision = |number, action, spans: &[Span], told| Revision {
        number,
        action,
        spans: spans.to_vec(),
        at: at(14, number),
        told,
        unfounded: false,
    };
    let id = hours_told(&[]).id;
    let waits = [revision(1, Act::Raise, &[stretch(10, 20, 1)], false)];
    let open = Episode::replay(id.clone(), "pm".into(), 1, &waits).expect("it is open");
    assert_eq!((open.told, open.spans.as_slice(), open.revision), (0, &[][..], 1));
    let told = [
        revision(1, Act::Raise, &[stretch(10, 20, 1)], true),
        revision(2, Act::Extend, &[stretch(10, 22, 1)], false),
        revision(3, Act::Lift, &[stretch(10, 20, 1)], false),
    ];
    let open = Episode::replay(id, "pm".into(), 1, &told).expect("the lift was not released");
    assert_eq!((open.told, open.spans.as_slice(), open.revision), (1, &[stretch(10, 20, 1)][..], 3));
    assert!(open.changed_at.is_empty(), "what was not told does not count for the day");
}

/// The decision of a rule with these switches at `now`, by whole days from 14 July on: those of the newest run, and of the
/// run before. It is decided again twelve hours later.
fn decide_twice(switches: &str, now: DateTime<Utc>, days: (&[Day], &[Day]), episode: Option<&Episode>) -> Decision {
    decide_before(switches, (now, Some(now + chrono::Duration::hours(12))), days, episode)
}

/// The same with the next decision at another time, or none.
fn decide_before(
    switches: &str,
    (now, next): (DateTime<Utc>, Option<DateTime<Utc>>),
    (newest, before): (&[Day], &[Day]),
    episode: Option<&Episode>,
) -> Decision {
    let verdicts = |days: &[Day]| {
        let tri = |day: &Day| match day {
            Over => [Tri::True; 24],
            Under => [Tri::False; 24],
            Missing => [Tri::Unknown; 24],
        };
        let hours = days.iter().flat_map(tri).collect();
        Verdicts { region: "r".into(), first: Hour::containing(at(14, 0)), levels: vec![hours], lift: None }
    };
    let text = rule().text.replace("lead_hours=2", &format!("lead_hours=2\n{switches}"));
    let rule = crate::file::parse("rule.toml", &text, cuofeng_air::forecast::Take::Middle).expect("a rule").remove(0);
    let (verdicts, before, zone) = (&verdicts(newest), &verdicts(before), &zone());
    let before = Some(before).filter(|_| rule.looks_back());
    decide(&Situation { rule: &rule, verdicts, before, stale: None, orders: &[], episode, zone, now, next })
}

#[test]
fn a_told_day_is_not_taken_back_before_a_second_run_says_so() {
    let switch = "take_back_runs=2";
    let episode = told(&[15, 16], at(14, 7), 1);
    let clear: &[Day] = &[Under, Under, Under, Under];
    let once = decide_twice(switch, at(14, 20), (clear, &[Under, Over, Over, Under]), Some(&episode));
    assert_eq!((once.action, once.reason.key()), (Action::Hold(Some(Vec::new())), "warning.doubted"));
    // The run before asked for one of the two days: the other one may go.
    let half = decide_twice(switch, at(14, 20), (clear, &[Under, Over, Under, Under]), Some(&episode));
    assert!(matches!(&half.action, Action::Hold(_) | Action::Change(_, _)), "{half:?}");
    assert_ne!(half.action, Action::Lift);
    let twice = decide_twice(switch, at(14, 20), (clear, clear), Some(&episode));
    assert_eq!(twice.action, Action::Lift);
    // What nobody can say is no second word, and a rule without the switch needs none.
    let unknown = decide_twice(switch, at(14, 20), (clear, &[Under, Missing, Missing, Missing]), Some(&episode));
    assert!(matches!(unknown.action, Action::Hold(_)), "{unknown:?}");
    let plain = decide_twice("", at(14, 20), (clear, &[Under, Over, Over, Under]), Some(&episode));
    assert_eq!(plain.action, Action::Lift);
}

#[test]
fn a_worse_near_day_is_told_at_once_and_far_news_of_one_run_waits() {
    let switch = "sure_hours=12\ntake_back_runs=2";
    let clear: &[Day] = &[Under, Under, Under, Under];
    let near = decide_twice(switch, at(15, 8), (&[Under, Over, Under, Under], clear), None);
    assert_eq!(near.action, Action::Raise(vec![span(15)]), "two hours ahead, whatever the run before said");
    let far = decide_twice(switch, at(14, 20), (&[Under, Over, Under, Under], clear), None);
    assert_eq!((far.action, far.reason.key()), (Action::Hold(Some(vec![span(15)])), "warning.unsure"));
    let both = decide_twice(switch, at(14, 20), (&[Under, Over, Under], &[Under, Over, Under]), None);
    assert_eq!(both.action, Action::Raise(vec![span(15)]));
    // The first run that says anything of a day is not kept waiting by one that said nothing.
    let first = decide_twice(switch, at(14, 20), (&[Under, Over, Under], &[Under, Missing, Missing]), None);
    assert_eq!(first.action, Action::Raise(vec![span(15)]));
    let told = told(&[15], at(14, 7), 1);
    let grown = decide_twice(switch, at(15, 16), (&[Under, Over, Over, Under], clear), Some(&told));
    assert_eq!(grown.reason.key(), "warning.unsure", "{grown:?}");
}

#[test]
fn what_no_later_decision_could_tell_in_time_waits_for_no_second_run() {
    let days: (&[Day], &[Day]) = (&[Under, Over, Under], &[Under, Under, Under]);
    let decided = |next| decide_before("sure_hours=2\ntake_back_runs=2", (at(14, 20), next), days, None);
    // The window begins at 10:00, and two hours of lead are needed.
    let eight = decided(Some(at(15, 8)));
    assert_eq!(eight.reason.key(), "warning.unsure", "at eight there is still time: {eight:?}");
    for (next, why) in
        [(Some(at(15, 9)), "one hour is left"), (Some(at(15, 20)), "a day later"), (None, "nobody looks")]
    {
        assert_eq!(decided(next).action, Action::Raise(vec![span(15)]), "{why}");
    }
}

#[test]
fn a_day_of_two_levels_is_taken_back_level_by_level() {
    let (mut rule, zone) = (two_levels(), zone());
    rule.take_back_runs = 2;
    let told = hours_told(&[stretch(30, 36, 0)]);
    let decided = |newest: char, before: char| {
        let of = |level: char| verdicts(&pattern(&[('.', 30), (level, 6), ('.', 12)]));
        let (newest, before) = (of(newest), of(before));
        let situation = Situation {
            rule: &rule,
            verdicts: &newest,
            before: Some(&before),
            stale: None,
            orders: &[],
            episode: Some(&told),
            zone: &zone,
            now: at(14, 6),
            next: None,
        };
        decide(&situation).action
    };
    // Told at the higher level; a run asks the lower one, the next asks nothing: both say that the higher one is over.
    assert_eq!(decided('.', 'm'), Action::Change(Change::Downgrade, vec![stretch(30, 36, 1)]));
    assert_eq!(decided('.', 'h'), Action::Hold(Some(Vec::new())), "one run alone takes nothing back");
    assert_eq!(decided('.', '.'), Action::Lift, "two runs say that neither is asked");
}

#[test]
fn a_day_is_told_where_it_is_within_reach_and_enough_of_it_is_left() {
    let both: &[Day] = &[Over, Over, Over, Over];
    let reach = decide_twice("reach_hours=40", at(14, 7), (both, both), None);
    assert_eq!(reach.action, Action::Raise(vec![span(14), span(15)]), "the third day begins 51 hours ahead");
    let late = decide_twice("least_hours=4", at(14, 12), (&[Over, Under], both), None);
    assert_eq!(late.action, Action::Hold(None), "three hours are left of the day");
    let episode = told(&[14], at(14, 7), 1);
    let longer = decide_twice("extend_hours=16", at(14, 8), (&[Over, Over, Under], both), Some(&episode));
    assert_eq!(longer.reason.key(), "warning.far", "26 hours ahead an extension waits: {longer:?}");
}

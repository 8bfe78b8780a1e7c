use super::*;
use crate::text::Lang;

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
    crate::rules::file::parse("rule.toml", source, crate::forecast::Take::Middle).expect("a rule").remove(0)
}

fn zone() -> Zone {
    Zone::named("Asia/Shanghai").expect("a zone")
}

fn at(day: u32, hour: u32) -> DateTime<Utc> {
    zone().at(NaiveDate::from_ymd_opt(2026, 7, day).expect("a day"), hour)
}

fn span(day: u32) -> Span {
    Span { period: Period { start: at(day, 10), end: at(day, 17) }, level: 0 }
}

fn told(days: &[u32], told_at: DateTime<Utc>, revision: u32) -> Episode {
    let day = zone().day(told_at);
    Episode {
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
    decide(&Situation { rule: &rule(), verdicts: &verdicts, stale: None, episode, zone: &zone(), now })
}

#[test]
fn a_first_notice_names_the_days_that_hold_and_only_hours_that_can_still_be_kept() {
    let raised = decide_at(at(14, 7), &[Over, Over, Under], None);
    assert_eq!(raised.action, Action::Raise(vec![span(14), span(15)]));
    // At noon two hours of lead leave 14:00 to 17:00 of the day.
    let late = decide_at(at(14, 12), &[Over, Over, Under], None);
    let today = Span { period: Period { start: at(14, 14), end: at(14, 17) }, level: 0 };
    assert_eq!(late.action, Action::Raise(vec![today, span(15)]));
    let too_late = decide_at(at(14, 16), &[Over, Under, Under], None);
    assert_eq!(too_late.action, Action::Hold);
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
    assert_eq!(gone.action, Action::Hold, "what was told stands while nothing is known");
}

#[test]
fn an_unchanged_forecast_tells_nobody_again() {
    let episode = told(&[14, 15], at(14, 7), 1);
    assert_eq!(decide_at(at(14, 8), &[Over, Over, Under], Some(&episode)).action, Action::Hold);
    assert_eq!(decide_at(at(14, 20), &[Over, Over, Under], Some(&episode)).action, Action::Hold);
}

#[test]
fn another_day_is_a_change_and_at_most_one_change_is_told_a_day() {
    let first = told(&[14, 15], at(14, 7), 1);
    let longer = decide_at(at(14, 20), &[Over, Over, Over], Some(&first));
    assert_eq!(longer.action, Action::Update(vec![span(14), span(15), span(16)]));
    let changed = told(&[14, 15], at(14, 8), 2);
    let again = decide_at(at(14, 20), &[Over, Over, Over], Some(&changed));
    assert_eq!((again.action, again.reason.key()), (Action::Hold, "warning.told_today"));
}

#[test]
fn an_early_end_needs_a_clear_forecast_for_as_long_as_the_rule_says() {
    let episode = told(&[16], at(14, 7), 1);
    let lifted = decide_at(at(14, 20), &[Under, Under, Under, Under], Some(&episode));
    assert_eq!(lifted.action, Action::Lift);
    let unsure = decide_at(at(14, 20), &[Under, Missing, Under, Under], Some(&episode));
    assert_eq!((unsure.action, unsure.reason.key()), (Action::Hold, "warning.not_yet_clear"));
    // Twelve hours before its start people have arranged themselves.
    let settled = decide_at(at(15, 23), &[Under, Under, Under, Under], Some(&episode));
    assert_eq!(settled.action, Action::Hold);
}

#[test]
fn an_episode_ends_at_its_told_end_and_goes_on_where_the_next_day_holds() {
    let episode = told(&[14], at(14, 7), 1);
    assert_eq!(decide_at(at(14, 20), &[Over, Under, Under], Some(&episode)).action, Action::Expire);
    let on = decide_at(at(14, 20), &[Over, Over, Under], Some(&episode));
    assert_eq!(on.action, Action::Update(vec![span(14), span(15)]));
}

#[test]
fn a_stale_forecast_neither_raises_nor_lifts_and_the_told_end_still_comes() {
    let reason = msg!("warning.no_forecast");
    let hours = vec![Tri::True; 72];
    let verdicts = Verdicts { region: "r".into(), first: Hour::containing(at(14, 0)), levels: vec![hours], lift: None };
    let (rule, zone, episode) = (rule(), zone(), told(&[15], at(14, 7), 1));
    let decided = |episode, now| {
        let stale = Some(&reason);
        decide(&Situation { rule: &rule, verdicts: &verdicts, stale, episode, zone: &zone, now }).action
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
    let days = [14, 15].map(|d| Span { period: Period { start: at(d, 0), end: at(d, 24) }, level: 0 });
    assert_eq!(spans_words(&days, &zone(), Lang::Zh), "7月14日00:00—7月15日24:00");
}

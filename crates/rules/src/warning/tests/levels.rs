//! Rules of two levels, orders among them.

use super::*;

#[test]
fn a_higher_level_goes_out_whatever_was_told_today() {
    let mut episode = hours_told(&[stretch(10, 20, 1)]);
    episode.changed_at = vec![at(14, 1), at(14, 2)];
    let worse = pattern(&[('.', 10), ('m', 2), ('h', 8), ('.', 28)]);
    let decision = decide_hours(at(14, 6), &worse, &[], Some(&episode));
    assert_eq!(decision.action, Action::Change(Change::Upgrade, vec![stretch(10, 12, 1), stretch(12, 20, 0)]));
}

#[test]
fn a_lower_level_is_told_before_people_have_arranged_themselves_and_not_after() {
    let episode = hours_told(&[stretch(20, 24, 0)]);
    let better = pattern(&[('.', 20), ('m', 4), ('.', 24)]);
    let early = decide_hours(at(14, 6), &better, &[], Some(&episode));
    assert_eq!(early.action, Action::Change(Change::Downgrade, vec![stretch(20, 24, 1)]));
    let late = decide_hours(at(14, 10), &better, &[], Some(&episode));
    assert!(matches!(late.action, Action::Hold(_)) && late.reason.key() == "warning.settled", "{late:?}");
}

#[test]
fn what_has_begun_only_grows() {
    let episode = hours_told(&[stretch(6, 12, 1)]);
    let shorter = decide_hours(at(14, 8), &pattern(&[('m', 9), ('.', 39)]), &[], Some(&episode));
    assert_eq!(shorter.action, Action::Hold(None), "{shorter:?}");
    let longer = decide_hours(at(14, 8), &pattern(&[('m', 18), ('.', 30)]), &[], Some(&episode));
    assert_eq!(longer.action, Action::Change(Change::Extend, vec![stretch(6, 18, 1)]));
}

#[test]
fn less_than_the_material_hours_is_held_back_and_kept() {
    let episode = hours_told(&[stretch(20, 24, 1)]);
    let one_more = decide_hours(at(14, 6), &pattern(&[('.', 19), ('m', 5), ('.', 24)]), &[], Some(&episode));
    assert_eq!(one_more.action, Action::Hold(Some(vec![stretch(19, 24, 1)])));
    assert_eq!(one_more.reason.key(), "warning.not_material");
}

#[test]
fn an_unknown_higher_level_never_hides_a_lower_one_and_unknown_hours_stay_as_told() {
    let raised = decide_hours(at(14, 6), &pattern(&[('.', 10), ('m', 4), ('?', 34)]), &[], None);
    assert_eq!(raised.action, Action::Raise(vec![stretch(10, 14, 1)]));
    let episode = hours_told(&[stretch(10, 20, 1)]);
    let unknown = decide_hours(at(14, 6), &pattern(&[('.', 10), ('?', 38)]), &[], Some(&episode));
    assert_eq!(unknown.action, Action::Hold(None), "{unknown:?}");
}

#[test]
fn an_order_speaks_alone_for_its_period_and_its_end_is_the_orders() {
    let calm = pattern(&[('.', 96)]);
    let order = Span { period: Period { start: at(14, 12), end: at(15, 12) }, level: 0, ordered: true };
    let raised = decide_hours(at(14, 6), &calm, &[order], None);
    assert_eq!((raised.action, raised.reason.key()), (Action::Raise(vec![order]), "warning.ordered"));
    let episode = hours_told(&[order]);
    assert_eq!(decide_hours(at(14, 20), &calm, &[order], Some(&episode)).action, Action::Hold(None));
    // Lifted by the district: at once, without waiting for the tool's own lift condition.
    let lifted = Span { period: Period { end: at(14, 20), ..order.period }, ..order };
    let decision = decide_hours(at(14, 20), &pattern(&[('?', 96)]), &[lifted], Some(&episode));
    assert_eq!((decision.action, decision.reason.key()), (Action::Lift, "warning.order_ended"));
    // The tool's own lower view does not weaken the order, and its own higher one does not top it.
    let own = pattern(&[('m', 48), ('.', 48)]);
    let both = decide_hours(at(14, 6), &own, &[Span { level: 1, ..order }], Some(&hours_told(&[stretch(10, 24, 0)])));
    let Action::Change(_, spans) = &both.action else { panic!("{both:?}") };
    let at_noon = spans.iter().find(|s| s.period.contains(at(14, 13))).expect("a span");
    assert!(at_noon.ordered && at_noon.level == 1, "{spans:?}");
}

#[test]
fn an_order_is_relayed_even_while_the_forecast_is_stale() {
    let order = Span { period: Period { start: at(14, 12), end: at(15, 12) }, level: 0, ordered: true };
    let (rule, zone, verdicts, stale) = (two_levels(), zone(), verdicts("?"), no_forecast());
    let (orders, now) = ([order], at(14, 6));
    let situation = Situation {
        before: None,
        rule: &rule,
        verdicts: &verdicts,
        stale: Some(&stale),
        orders: &orders,
        episode: None,
        zone: &zone,
        now,
        next: None,
    };
    assert_eq!(decide(&situation).action, Action::Raise(vec![order]));
}

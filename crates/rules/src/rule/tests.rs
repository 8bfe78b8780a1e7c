use super::*;

#[test]
fn switches_that_can_not_be_are_refused() {
    let source = "[[rule]]\nid='a'\nname='甲'\nkind='a'\nsource='文'\nshape='days'\n\
                  [[rule.level]]\nid='l'\nname='低'\nwhen='pm25 > 115 µg/m³'\n\
                  [[rule.tell]]\nto='keepers'\nforms=['sms']\ntemplate='straw/keeper'\nextend_days=7\n";
    let read = |source: &str| crate::file::parse("rule.toml", source, Take::Middle);
    assert_eq!(read(source).expect("a rule").remove(0).tell.remove(0).extend_days, Some(7));
    for (wrong, place) in [("extend_days=7", "extend_days=0"), ("shape='days'", "shape='days'\ntake_back_runs=0")] {
        assert_eq!(read(&source.replace(wrong, place)).expect_err("a problem").len(), 1, "{place}");
    }
    for given in ["extend_hours=40", "reach_hours=20", "take_back_runs=3", "remind='daily'", "least_hours=13"] {
        let wrong = source.replace("shape='days'", &format!("shape='days'\n{given}"));
        assert_eq!(read(&wrong).expect_err("a problem").len(), 1, "{given}");
    }
}

#[test]
fn a_season_may_wrap_the_new_year_and_holds_its_last_day() {
    let day = |m, d| NaiveDate::from_ymd_opt(2026, m, d).expect("a date");
    let summer = Season::parse("04-01..09-30").expect("a season");
    assert!(summer.contains(day(4, 1)) && summer.contains(day(9, 30)) && !summer.contains(day(10, 1)));
    let winter = Season::parse("11-15..03-15").expect("a season");
    assert!(winter.contains(day(12, 31)) && winter.contains(day(3, 15)) && !winter.contains(day(6, 1)));
    assert_eq!(Season::parse("02-30..03-01"), None);
    assert_eq!(summer.within(day(2, 1), day(5, 2)), [(day(4, 1), day(5, 2))]);
    assert_eq!(winter.within(day(3, 14), day(11, 15)), [(day(3, 14), day(3, 15)), (day(11, 15), day(11, 15))]);
    assert_eq!(winter.within(day(6, 1), day(7, 1)), []);
}

#[test]
fn a_season_is_read_as_documents_write_it() {
    let season = |from, to| Some(Season { from, to });
    for text in [
        "06-01..09-30",
        "6月1日至9月30日",
        "6月1日—9月30日",
        "6月1日-9月30日",
        "6 月 1 日 到 9 月 30 日",
        "06-01至09-30",
        "6月至9月",
    ] {
        assert_eq!(Season::parse(text), season((6, 1), (9, 30)), "{text}");
    }
    assert_eq!(Season::parse("11月15日至次年3月15日"), season((11, 15), (3, 15)));
    assert_eq!(Season::parse("12月至2月"), season((12, 1), (2, 29)));
    for text in ["6月至9", "6月31日至9月30日", "夏季", "6月1日", "04-01", "13月至14月", ""] {
        assert_eq!(Season::parse(text), None, "{text}");
    }
}

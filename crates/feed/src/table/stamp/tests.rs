//! Every way in which a time is written, and formats that can match.

use proptest::prelude::*;

use super::*;

fn local(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()
}

fn shown(cell: &str, format: Option<&Format>) -> Option<NaiveDateTime> {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    read(cell, format).map(|moment| moment.instant(&zone).naive_utc() + Duration::hours(8))
}

#[test]
fn every_usual_way_to_write_a_time_reads_without_a_format() {
    let nine = "2026-11-28 09:00:00";
    for (cell, wanted) in [
        ("2026/11/28 9:00", nine),
        ("2026-11-28 09:00:00", nine),
        ("2026-11-28T09:00", nine),
        ("2026-11-28T09:00:00.000", nine),
        ("2026-11-28T09:00:00+08:00", nine),
        ("2026-11-28T09:00:00+0800", nine),
        ("2026-11-28 09:00:00 +0800", nine),
        ("2026-11-28T01:00:00Z", nine),
        ("2026-11-28 9", nine),
        ("2026.11.28 9:00", nine),
        ("2026年11月28日9时", nine),
        ("2026年11月28日 09时00分", nine),
        ("２０２６年１１月２８日９点整", nine),
        ("2026年11月28日 星期六 9:00", nine),
        ("2026-11-28(周六) 9:00", nine),
        ("20261128 09", nine),
        ("20261128 0900", nine),
        ("2026112809", nine),
        ("202611280900", nine),
        ("46354.375", nine),
        ("46354.0833333", "2026-11-28 02:00:00"),
        ("46354.99999999994", "2026-11-29 00:00:00"),
        ("46354", "2026-11-28 00:00:00"),
        ("2026-11-28", "2026-11-28 00:00:00"),
        ("20261128", "2026-11-28 00:00:00"),
        ("2026-11-28 24:00", "2026-11-29 00:00:00"),
        ("2026年11月28日24时", "2026-11-29 00:00:00"),
        ("2026-11-28 24", "2026-11-29 00:00:00"),
        ("2026-11-28 01:59:59.997", "2026-11-28 02:00:00"),
    ] {
        assert_eq!(shown(cell, None), local(wanted), "{cell}");
    }
    for cell in
        ["", "最大值", "28/11/2026 9:00", "2026-11-28 25:00", "2026-11-28 24:30", "2026-13-01 1:00", "9:00", "80"]
    {
        assert_eq!(shown(cell, None), None, "{cell}");
    }
}

#[test]
fn a_format_comes_first_and_dates_and_serial_numbers_read_beside_it() {
    let format = Format::new("%d/%m/%Y %H", true).expect("a format");
    for (cell, wanted) in [
        ("01/02/2026 9", "2026-02-01 09:00:00"),
        ("01/02/2026 24", "2026-02-02 00:00:00"),
        ("24/12/2024 24", "2024-12-25 00:00:00"),
        ("2026-11-28T09:00:00", "2026-11-28 09:00:00"),
        ("46354.0416667", "2026-11-28 01:00:00"),
    ] {
        assert_eq!(shown(cell, Some(&format)), local(wanted), "{cell}");
    }
}

#[test]
fn a_format_that_can_never_match_is_none() {
    for good in
        ["%Y年%m月%d日%H时", "%Y-%m-%d %H", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y%m%d%H", "%Y-%m-%dT%H:%M:%S%z"]
    {
        assert!(Format::new(good, true).is_some(), "{good}");
    }
    for bad in ["yyyy-MM-dd HH:mm", "%Y-%m-%d", "%H:%M", "%Y-%m-%d %I:%M", "%Q", "", "%Y-%M-%d %H:%m", "%m-%d %H:%M"] {
        assert!(Format::new(bad, true).is_none(), "{bad}");
    }
    assert!(Format::new("%Y/%m/%d", false).is_some());
}

#[test]
fn a_date_and_an_hour_in_two_cells_are_one_time() {
    for (date, hour, wanted) in [
        ("2026-11-28", "9", "2026-11-28 09:00:00"),
        ("46354", "9时", "2026-11-28 09:00:00"),
        ("20261128", "24", "2026-11-29 00:00:00"),
        ("2026年11月28日", "09:00", "2026-11-28 09:00:00"),
        ("2026/11/28", "0.0416667", "2026-11-28 01:00:00"),
        ("2026/11/28", "１", "2026-11-28 01:00:00"),
        ("2026-11-28", "1.0", "2026-11-28 01:00:00"),
    ] {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        let read = read_two(date, hour, None).map(|m| m.instant(&zone).naive_utc() + Duration::hours(8));
        assert_eq!(read, local(wanted), "{date} {hour}");
    }
    assert_eq!(read_two("2026-11-28 09:00", "3", None), None, "two times of the day");
    // By a format that names both: midnight was taken for no time, and its row lost.
    let format = Format::new("%d/%m/%Y %H:%M", true).expect("a format");
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    for (hour, wanted) in [("00:00", "2026-11-28 00:00:00"), ("09:00", "2026-11-28 09:00:00")] {
        let read = read_two("28/11/2026", hour, Some(&format));
        let read = read.map(|m| m.instant(&zone).naive_utc() + Duration::hours(8));
        assert_eq!(read, local(wanted), "{hour}");
    }
    assert_eq!(read_parts(["2026年", "11月", "28日", "19时"]), read("2026-11-28 19:00", None));
}

proptest! {
    /// However an hour is written, it is read as that hour; by a format that can match, too.
    #[test]
    fn every_hour_reads_however_it_is_written(days in 20_000_i64..70_000, hour in 0_i64..24) {
        let day = NaiveDate::from_ymd_opt(1899, 12, 30).expect("a day") + Duration::days(days);
        let at = day.and_time(NaiveTime::MIN) + Duration::hours(hour);
        for format in [
            "%Y-%m-%d %H:%M", "%Y/%-m/%-d %-H:%M", "%Y-%m-%dT%H:%M:%S", "%Y年%m月%d日%H时", "%Y年%-m月%-d日 %-H时", "%Y.%m.%d %H",
            "%Y%m%d%H", "%Y%m%d %H%M", "%Y-%m-%d %H:%M:%S+0800", "%Y-%m-%dT%H:%M:%S.000+08:00",
        ] {
            prop_assert_eq!(shown(&at.format(format).to_string(), None), Some(at), "{}", format);
        }
        // Hours are below 24: exact.
        #[expect(clippy::cast_precision_loss)]
        let serial = days as f64 + hour as f64 / 24.0;
        for digits in [5, 7, 9, 11] {
            prop_assert_eq!(shown(&format!("{serial:.digits$}"), None), Some(at), "{} digits", digits);
        }
        for format in ["%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H"] {
            let read = Format::new(format, true).expect("a format");
            prop_assert_eq!(shown(&at.format(format).to_string(), Some(&read)), Some(at), "{}", format);
        }
    }

    /// No cell makes the reader panic, and what is read is a time that can be written.
    #[test]
    fn no_cell_makes_it_panic(cell in "[0-9年月日时点:/. T+\\-Z(周)]{0,24}", hour in "[0-9时点:. ]{0,6}") {
        let zone = Zone::named("Asia/Shanghai").expect("a zone");
        for moment in [read(&cell, None), read_two(&cell, &hour, None), read_parts([&cell, &hour, &hour, &hour])] {
            prop_assert!(moment.is_none_or(|moment| moment.instant(&zone).timestamp() != i64::MAX));
        }
    }
}

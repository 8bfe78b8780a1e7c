//! Mobiles, telephones, loudspeakers.

use cuofeng_town::roster::Mobile;

use super::{HEAD, ONE, brief, case, found, of_enterprises, row, site_with};
use crate::office::{folder, run, text};

#[test]
fn of_the_ways_to_write_a_mobile_the_certain_ones_are_read_and_the_others_shown() {
    let dir = folder();
    let found = found(&site_with(dir.path(), "enterprises", ("e.xlsx", &case("ent_mobiles.xlsx"))));
    let wanted = [
        ("error", "roster.mobile_scientific", 3, "1.00E+10"),
        ("error", "roster.mobile_several", 7, "10000000106/10000000107"),
        ("error", "roster.mobile_landline", 16, "023-70600000"),
    ];
    let wanted = wanted.map(|(severity, code, row, cell)| {
        (severity.to_owned(), code.to_owned(), row, "手机".to_owned(), cell.to_owned())
    });
    assert_eq!(found, wanted);
    let dir = folder();
    let site = site_with(dir.path(), "enterprises", ("e.csv", &case("c_hidden.csv")));
    assert_eq!(brief(&site), [row("roster.mobile_length", 4, "手机")], "ten digits between dashes");
}

#[test]
fn a_mobile_is_cleaned_of_what_is_none_of_it_and_never_completed() {
    for cell in [
        "10000000101",
        "\u{202a}10000000101\u{202c}",
        "10000000101\u{200b}",
        "100\u{200b}0000\u{200b}0101",
        "'10000000101",
        "100 0000 0101",
        "+86 10000000101",
        "+86-100-0000-0101",
        "008610000000101",
        "8610000000101",
        "(86)10000000101",
        "\t10000000101 ",
        "100\u{a0}0000\u{a0}0101",
        "100－0000－0101",
        "100\u{2011}0000\u{2011}0101",
        "100\u{ad}00000101",
        "100.0000.0101",
        "１０００００００１０１",
    ] {
        let read = Mobile::parse(cell);
        assert_eq!(read.as_ref().ok().map(Mobile::number), Some("10000000101"), "{cell:?}");
    }
    for (cell, key) in [
        ("1.00E+10", "roster.mobile_scientific"),
        ("10000000101.0", "roster.mobile_scientific"),
        ("10000000106/10000000107", "roster.mobile_several"),
        ("10000000106、10000000107", "roster.mobile_several"),
        ("10000000106 10000000107", "roster.mobile_several"),
        ("10000000106；023-70600000", "roster.mobile_several"),
        ("100****0101", "roster.mobile_masked"),
        ("1000000010", "roster.mobile_length"),
        ("100000001010", "roster.mobile_length"),
        ("023-70600000", "roster.mobile_landline"),
        ("10000000101张某", "roster.mobile_form"),
        ("12300000000", "roster.mobile_form"),
        ("无", "roster.mobile_form"),
    ] {
        assert_eq!(Mobile::parse(cell).map_err(|(what, _)| what.key()), Err(key), "{cell}");
    }
}

#[test]
fn a_telephone_that_may_be_a_landline_is_one_and_a_proper_mobile_goes_before_it() {
    let table =
        format!("{HEAD},联系电话,手机\n{ONE},023-70600000,10000000101\nE002,乙,restaurant,青杠村,10000000102,\n");
    assert_eq!(brief(&of_enterprises(&table, "").1), [], "the other one is not asked");
    let table = format!("{HEAD},联系电话\n{ONE},023-70600000\nE002,乙,restaurant,青杠村,1000000010\n");
    let found = found(&of_enterprises(&table, "").1);
    let brief: Vec<_> =
        found.iter().map(|(severity, code, row, ..)| (severity.as_str(), code.as_str(), *row)).collect();
    assert_eq!(brief, [("warning", "roster.mobile_landline", 2), ("error", "roster.mobile_length", 3)]);
}

#[test]
fn a_loudspeaker_without_an_address_is_played_by_people_and_no_two_villages_share_one() {
    let villages = |cells: [&str; 3]| {
        let row = |(i, cell): (usize, &&str)| format!("50019900120{},村{i},{cell}\n", i + 1);
        let rows: String = cells.iter().enumerate().map(row).collect();
        let dir = folder();
        let table = format!("代码,名称,大喇叭\n{rows}");
        let site = site_with(dir.path(), "villages", ("v.csv", table.as_bytes()));
        (text(&run(&["check"], &site)), brief(&site), dir)
    };
    let (words, found, _dir) = villages(["有", "是", "无"]);
    assert_eq!(found, [row("roster.by_hand", 0, "")]);
    assert!(words.contains("有大喇叭、没有写地址：村0、村1"), "{words}");
    assert_eq!(villages(["-", "否", ""]).1, []);
    // How many there are is no address either, and no address that two villages share.
    let (words, found, _dir) = villages(["2个", "3台", "2个"]);
    assert_eq!(found, [row("roster.by_hand", 0, "")]);
    assert!(words.contains("有大喇叭、没有写地址：村0、村1、村2"), "{words}");
    assert_eq!(villages(["speaker-01", "speaker-02", "无"]).1, []);
    let (words, found, _dir) = villages(["speaker-01", "speaker-02", "speaker-01"]);
    assert_eq!(found, [row("roster.loudspeaker_twice", 4, "大喇叭")]);
    assert!(words.contains("“村0”已经用了这个大喇叭地址"), "{words}");
}

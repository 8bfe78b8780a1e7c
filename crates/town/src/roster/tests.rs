use super::*;
use cuofeng_base::text::Lang;

fn sectors() -> Sectors {
    let mir = Mir::parse(include_str!("../../../../rules/mir.toml")).expect("shipped reactivities");
    Sectors::parse("sectors.toml", include_str!("../../../../rules/sectors.toml"), mir).expect("shipped sectors")
}

const VILLAGES_CSV: &str = "code,name\n500199001201,甲村\n";

fn read(enterprises: &[u8], processes: &str) -> (Option<Roster>, Vec<Problem>) {
    Roster::read(
        ("enterprises.csv", enterprises),
        ("processes.csv", processes.as_bytes()),
        ("villages.csv", VILLAGES_CSV.as_bytes()),
        (("staff.csv", b"name,role\n"), None, None),
        (&sectors(), &Own::default()),
    )
}

const NO_PROCESSES: &str = "id,enterprise,name,activity,kind\n";

#[test]
fn a_table_reads_the_same_in_every_encoding_line_ending_and_language_of_its_header() {
    let text = "编号,名称,行业,村,手机\nE1,甲厂（一）,砖瓦,甲村,１３８００００００００\n";
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let variants: [Vec<u8>; 6] = [
        text.into(),
        format!("\u{feff}{text}").into(),
        text.replace('\n', "\r\n").into(),
        text.replace('\n', "\r").into(),
        encoding_rs::GB18030.encode(text).0.into_owned(),
        utf16,
    ];
    for bytes in variants {
        let (roster, problems) = read(&bytes, NO_PROCESSES);
        assert_eq!(problems, [], "{bytes:?}");
        let roster = roster.expect("a roster");
        assert_eq!(roster.enterprises[0].name, "甲厂（一）");
        assert_eq!(roster.enterprises[0].sector, "brickworks");
        assert_eq!(roster.enterprises[0].village, "500199001201");
        assert_eq!(roster.enterprises[0].contact.mobile.as_ref().map(Mobile::number), Some("13800000000"));
    }
}

#[test]
fn no_row_is_lost_behind_an_open_quote_and_rows_are_counted_as_a_spreadsheet_counts() {
    let open = "id,name,sector,village\n\nE1,甲,mine,\"500199001201\nE2,乙,mine,500199001201\n";
    let (roster, problems) = read(open.as_bytes(), NO_PROCESSES);
    assert!(roster.is_none());
    assert_eq!(problems[0].what.key(), "roster.quote");
    assert!(matches!(problems[0].place, cuofeng_base::problem::Place::Cell { row: 3, .. }), "{:?}", problems[0].place);
    let tabs = "id\tname\tsector\tvillage\nE1\t甲\tmine\t500199001201\n";
    assert_eq!(read(tabs.as_bytes(), NO_PROCESSES).1, []);
}

#[test]
fn a_stretch_over_midnight_holds_a_batch() {
    let night = ClockHours::parse("20-04").expect("hours");
    assert_eq!(Kind::Batch { duration: 6, batches_per_day: 1 }.hours_that_fit(night), 6);
    assert_eq!(Kind::Batch { duration: 9, batches_per_day: 1 }.hours_that_fit(night), 0);
    assert_eq!(Kind::Batch { duration: 12, batches_per_day: 2 }.hours_that_fit(ClockHours::ALL), 24);
}

#[test]
fn a_credit_code_that_lost_its_last_digits_is_refused() {
    let rows = "id,name,sector,village\n915001990000000000,甲,mine,500199001201\n";
    assert_eq!(read(rows.as_bytes(), NO_PROCESSES).1[0].what.key(), "roster.code_scientific");
}

#[test]
fn what_a_spreadsheet_spoilt_is_refused_with_its_reason() {
    let cases = [
        ("1.38E+10", "roster.mobile_scientific"),
        ("13800000000.0", "roster.mobile_scientific"),
        ("1380000000", "roster.mobile_length"),
        ("023-00000000", "roster.mobile_landline"),
        ("12800000000", "roster.mobile_form"),
        ("手机号", "roster.mobile_form"),
    ];
    for (cell, key) in cases {
        let rows = format!("id,name,sector,village,mobile\nE1,甲,mine,500199001201,{cell}\n");
        let (roster, problems) = read(rows.as_bytes(), NO_PROCESSES);
        assert_eq!(problems.iter().map(|p| p.what.key()).collect::<Vec<_>>(), [key], "{cell}");
        assert!(roster.is_none());
    }
}

#[test]
fn every_problem_of_every_table_is_reported_at_once() {
    let enterprises = "id,name,sector,village,grade,email,exemption\n\
                       E1,甲,brickwork,500199001201,E,nobody,\n\
                       E1,乙,mine,500199001201,,,\n\
                       E2,丙,mine,999999999999,,,民生\n\
                       E3,丁,mine\n";
    let processes = "id,enterprise,name,activity,kind,slots_per_day,allowed\n\
                     P1,E9,喷,spray,interruptible,9,10-12\n\
                     P2,E2,喷,sprey,batch,,\n";
    let (roster, problems) = read(enterprises.as_bytes(), processes);
    assert!(roster.is_none());
    let mut keys: Vec<&str> = problems.iter().map(|p| p.what.key()).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "roster.activity",
            "roster.cells",
            "roster.count",
            "roster.count",
            "roster.email_form",
            "roster.enterprise",
            "roster.exemption",
            "roster.grade",
            "roster.sector",
            "roster.too_few_hours",
            "roster.twice",
            "roster.village",
        ]
    );
    let sector = problems.iter().find(|p| p.what.key() == "roster.sector").expect("the sector");
    assert!(sector.render(Lang::Zh).contains("brickworks"), "{}", sector.render(Lang::Zh));
}

#[test]
fn the_example_site_reads_without_a_problem() {
    let (roster, problems) = Roster::read(
        ("enterprises.csv", include_bytes!("../../../../examples/wuping/enterprises.csv")),
        ("processes.csv", include_bytes!("../../../../examples/wuping/processes.csv")),
        ("villages.csv", include_bytes!("../../../../examples/wuping/villages.csv")),
        (("staff.csv", include_bytes!("../../../../examples/wuping/staff.csv")), None, None),
        (&sectors(), &Own::default()),
    );
    assert_eq!(problems, []);
    let roster = roster.expect("a roster");
    let of = |sector: &str| roster.enterprises.iter().filter(|e| e.sector == sector).count();
    assert_eq!(roster.enterprises.len(), 101);
    assert_eq!((of("auto_repair"), of("restaurant"), of("mine")), (3, 22, 1));
    assert_eq!((roster.villages.len(), roster.staff.len()), (9, 5));
    let with_processes = roster.enterprises.iter().filter(|e| !e.processes.is_empty());
    assert_eq!(with_processes.count(), 14);
}

#[test]
fn people_show_themselves_masked() {
    let mobile = Mobile::parse("13900000000").expect("a mobile");
    assert_eq!(format!("{mobile} {mobile:?}"), "139****0000 139****0000");
    let email = Email::parse("someone@example.com").expect("an address");
    assert_eq!(format!("{email} {email:?}"), "s***@example.com s***@example.com");
    let said = "550 5.1.1 <someone@example.com>: no such user; call 13900000000";
    assert_eq!(people::mask_all(said), "550 5.1.1 <s***@example.com>: no such user; call 139****0000");
}

proptest::proptest! {
    #[test]
    fn a_mobile_that_is_read_is_the_last_digits_of_its_cell(cell in "[0-9]{3}[- ]?[0-9]{4}[- ]?[0-9]{4}|[+0-9 eE./、*'-]{0,24}") {
        if let Ok(mobile) = Mobile::parse(&cell) {
            let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
            proptest::prop_assert!(digits.ends_with(mobile.number()), "{cell}");
            proptest::prop_assert!(["", "86", "0086"].contains(&digits.trim_end_matches(mobile.number())), "{cell}");
        }
    }

    #[test]
    fn no_bytes_make_a_table_panic(bytes: Vec<u8>) {
        let _ = read(&bytes, NO_PROCESSES);
    }

    #[test]
    fn no_cells_make_a_table_panic(cells in "[a-zA-Z0-9,\n\"é编号名称行业（）()【*：吨/年]{0,200}") {
        let _ = read(cells.as_bytes(), &cells);
    }
}

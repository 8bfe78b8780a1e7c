//! The European index: six levels, no numbers between them.

use chrono::NaiveDate;

use crate::Averaging::{Day, Hour};
use crate::Pollutant::{self, Co, No2, O3, O38h, Pm10, Pm25, So2};
use crate::{Standard, Standards};
use cuofeng_base::text::Lang;

fn standard() -> Standard {
    Standard::parse(include_str!("../../../../rules/standards/eu-eaqi.toml")).expect("shipped standard")
}

/// Upper ends of the first five levels in µg/m³ (ETC HE Report 2024/17).
const EDGES: [(Pollutant, [i64; 5]); 5] = [
    (So2, [20, 40, 125, 190, 275]),
    (No2, [10, 25, 60, 100, 150]),
    (O3, [60, 100, 120, 160, 180]),
    (Pm10, [15, 45, 120, 195, 270]),
    (Pm25, [5, 15, 50, 90, 140]),
];

#[test]
fn every_edge_belongs_to_the_lower_level_and_the_least_above_it_to_the_next() {
    let standard = standard();
    for (pollutant, edges) in EDGES {
        let level = |c| standard.iaqi(Hour, pollutant, c);
        assert_eq!((level(0), level(-1)), (Some(1), None), "{pollutant:?}");
        for (lower, edge) in (1..).zip(edges) {
            assert_eq!(level(edge * 1000 - 1), Some(lower), "{pollutant:?} {edge}");
            assert_eq!(level(edge * 1000), Some(lower), "{pollutant:?} {edge}");
            assert_eq!(level(edge * 1000 + 1), Some(lower + 1), "{pollutant:?} {edge}");
            assert_eq!(level((edge + 1) * 1000), Some(lower + 1), "{pollutant:?} {edge}");
        }
        assert_eq!(level(i64::MAX), Some(6), "{pollutant:?}");
        let counted = |c: i64| u16::try_from(1 + edges.iter().filter(|e| **e * 1000 < c).count()).ok();
        for c in (0..400_000).step_by(250) {
            assert_eq!(level(c), counted(c), "{pollutant:?} {c}");
        }
    }
}

#[test]
fn the_worst_pollutant_makes_the_level_and_ties_stand_together() {
    let standard = standard();
    let index = standard.index(Hour, &[(Pm25, Some(51_000)), (O3, Some(130_000)), (No2, Some(9_000))]);
    assert_eq!((index.aqi, index.primary.as_slice()), (Some(4), [O3, Pm25].as_slice()));
    assert_eq!(standard.level(4).map(|l| (l.words(Lang::En), l.rgb)), Some(("Poor", [255, 80, 80])));
    assert_eq!((standard.level_number(4), standard.level_count(), standard.end()), (4, 6, 6));
    assert_eq!(standard.index(Hour, &[]).aqi, None);
}

#[test]
fn it_is_hourly_ordinal_and_used_only_by_name() {
    let standard = standard();
    let day = NaiveDate::from_ymd_opt(2026, 7, 1).expect("a day");
    assert!(standard.ordinal() && !standard.governs(day));
    assert_eq!(standard.pollutants(Day).count(), 0);
    assert_eq!(standard.iaqi(Hour, Co, 1_000), None);
    assert_eq!(standard.iaqi(Hour, O38h, 1_000), None);
    let china = Standard::parse(include_str!("../../../../rules/standards/hj633-2026.toml")).expect("a standard");
    let standards = Standards(vec![standard, china]);
    assert_eq!(standards.on(day).map(|s| s.id.as_str()), Some("hj633-2026"), "though the other stands first");
}

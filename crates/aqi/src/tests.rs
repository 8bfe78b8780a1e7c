use chrono::NaiveDate;

use super::*;

mod eaqi;
mod epa;

fn standard(year: u16) -> Standard {
    let source = match year {
        2012 => include_str!("../../../rules/standards/hj633-2012.toml"),
        _ => include_str!("../../../rules/standards/hj633-2026.toml"),
    };
    Standard::parse(source).expect("shipped standard")
}

#[test]
fn indexes_agree_with_values_worked_out_by_hand_from_the_tables() {
    use Averaging::{Day, Hour};
    use Pollutant::{Co, No2, O3, O38h, Pm10, Pm25, So2};
    // pollutant, concentration in thousandths, averaging, index by the 2012 and by the 2026 tables
    let cases = [
        (Pm25, 36_000, Day, Some(52), Some(52)),
        (Pm25, 60_000, Day, Some(82), Some(100)),
        (Pm25, 60_500, Day, Some(82), Some(100)), // GB/T 8170: the tie goes to 60
        (Pm25, 60_510, Day, Some(83), Some(101)),
        (Pm25, 61_000, Day, Some(83), Some(101)),
        (Pm25, 75_000, Day, Some(100), Some(114)),
        (Pm25, 116_000, Day, Some(152), Some(152)),
        (Pm10, 120_000, Day, Some(85), Some(100)),
        (Pm10, 121_000, Day, Some(86), Some(101)),
        (Pm10, 150_000, Day, Some(100), Some(112)),
        (O38h, 161_000, Day, Some(101), Some(101)),
        (O38h, 216_000, Day, Some(151), Some(151)),
        (O38h, 801_000, Day, None, Some(300)),
        (O3, 201_000, Hour, Some(101), Some(101)),
        (No2, 350_000, Hour, Some(115), Some(115)),
        (Co, 900, Day, Some(23), Some(23)),
        (So2, 900_000, Hour, None, Some(200)),
        (Pm25, 900_000, Day, Some(500), Some(500)),
        (Pm25, 0, Day, Some(0), Some(0)),
        (Pm25, -1_000, Day, None, None),
    ];
    let (old, new) = (standard(2012), standard(2026));
    for (pollutant, c, averaging, by_2012, by_2026) in cases {
        assert_eq!(old.iaqi(averaging, pollutant, c), by_2012, "2012 {pollutant:?} {c}");
        assert_eq!(new.iaqi(averaging, pollutant, c), by_2026, "2026 {pollutant:?} {c}");
    }
}

#[test]
fn the_data_date_chooses_the_standard() {
    let standards = Standards(vec![standard(2012), standard(2026)]);
    let on = |y, m, d| {
        let day = NaiveDate::from_ymd_opt(y, m, d).expect("a date");
        standards.on(day).map(|s| s.id.clone())
    };
    assert_eq!(on(2026, 2, 28).as_deref(), Some("hj633-2012"));
    assert_eq!(on(2026, 3, 1).as_deref(), Some("hj633-2026"));
}

#[test]
fn a_missing_pollutant_leaves_only_an_aqi_above_100_since_2026() {
    use Pollutant::{O38h, Pm25};
    let (old, new) = (standard(2012), standard(2026));
    let low = [(Pm25, Some(30_000)), (O38h, Some(90_000))];
    assert_eq!(old.index(Averaging::Day, &low).aqi, Some(45));
    assert_eq!(new.index(Averaging::Day, &low).aqi, None);
    let fair = [(Pm25, Some(50_000)), (O38h, Some(90_000))];
    assert_eq!(new.index(Averaging::Day, &fair).primary, [], "no index, no primary pollutant");
    let high = [(Pm25, Some(30_000)), (O38h, Some(170_000))];
    assert_eq!(new.index(Averaging::Day, &high).aqi, Some(110));
    assert_eq!(new.index(Averaging::Day, &high).primary, [O38h]);
}

#[test]
fn an_index_of_some_pollutants_is_a_lower_bound_and_its_primary_pollutant_may_be_another() {
    use Pollutant::{Co, No2, O38h, Pm10, Pm25, So2};
    for standard in [standard(2012), standard(2026)] {
        let all: Vec<_> = standard.pollutants(Averaging::Day).map(|p| (p, Some(10 * p.resolution()))).collect();
        assert!(standard.index(Averaging::Day, &all).whole());
        let without: Vec<_> = all.iter().filter(|(p, _)| *p != Pm25).copied().collect();
        let index = standard.index(Averaging::Day, &without);
        assert_eq!((index.missing.as_slice(), index.whole()), ([Pm25].as_slice(), false));
        assert_eq!(standard.is_primary(&index, |p| p == Pm25), None);
        let two = standard.clone().needing(|p| matches!(p, Pm25 | O38h | Pollutant::O3));
        let left: Vec<_> = two.left_out().collect();
        assert_eq!(left, [So2, No2, Co, Pm10]);
        let index = two.index(Averaging::Day, &[(Pm25, Some(40_000)), (O38h, Some(90_000)), (Pollutant::O3, Some(9))]);
        assert!(index.whole() && index.aqi.is_some(), "what is not needed keeps no index from being published");
        assert_eq!(two.is_primary(&index, |p| p == Pm25), Some(true));
    }
    let new = standard(2026);
    let index = new.index(Averaging::Day, &[(O38h, Some(180_000)), (Pm10, Some(60_000)), (So2, Some(2_700_000))]);
    let primary = |p| new.is_primary(&index, |other| other == p);
    assert_eq!((primary(So2), primary(Pm10), primary(Pm25)), (Some(true), Some(false), None), "500 is the scale's end");
    let low = new.index_of(Averaging::Day, |p| match p {
        O38h => Concentration::AtLeast(170_000),
        _ => Concentration::Is(0),
    });
    assert_eq!((low.aqi, low.missing.as_slice()), (Some(110), [O38h].as_slice()));
}

proptest::proptest! {
    #[test]
    fn a_number_that_is_cut_first_rounds_as_the_number_itself(numerator in -9_000_000_i64..9_000_000, denominator in 1_i64..900) {
        for step in [100, 1000] {
            let once = round_half_even(numerator, denominator * step);
            proptest::prop_assert_eq!(round_half_even(round_05up(numerator, denominator), step), once);
        }
    }
}

#[test]
fn ties_are_primary_together_and_nothing_is_primary_up_to_50() {
    use Pollutant::{Pm10, Pm25};
    let new = standard(2026);
    // Both at 150: an index that is published though others are missing.
    let tie = new.index(Averaging::Day, &[(Pm25, Some(115_000)), (Pm10, Some(250_000))]);
    assert_eq!(tie.primary, [Pm10, Pm25]);
    assert!(new.index(Averaging::Day, &[(Pm25, Some(35_000))]).primary.is_empty());
}

#[test]
fn decimals_are_read_exactly() {
    // More digits are cut so that a later rounding comes out as of the number: 61.4996 is 61, 60.5004 is 61.
    let fine = [("61.4996", 61_499), ("60.5004", 60_501), ("60.50000000000000000001", 60_501), ("-60.5004", -60_501)];
    for (text, milli) in fine.into_iter().chain([
        ("60.5", 60_500),
        ("0.0005", 1),
        ("0.0015", 1),
        ("-3", -3_000),
        (".5", 500),
        ("7.", 7_000),
    ]) {
        assert_eq!(parse_milli(text), Some(milli), "{text}");
    }
    for text in ["", "-", ".", "NaN", "inf", "1e3", "<3", "1,000", "9999999999", "١"] {
        assert_eq!(parse_milli(text), None, "{text}");
    }
    for (text, cut) in [("0.07853333", 78), ("0.0785", 78), ("-0.0789", -78), ("9.0999", 9_099), ("5", 5_000)] {
        assert_eq!(parse_milli_cut(text), Some(cut), "{text}");
    }
    assert_eq!(milli_words(60_500), "60.5");
    assert_eq!(milli_words(-500), "-0.5");
    assert_eq!(milli_words(7_000), "7");
}

/// The index worked out another way: the smallest integer that the interpolated fraction does not exceed, found by
/// search over cross-multiplied integers, with the tables written out again from the standards' tables 1 and 3.
fn reference(points: &[i64], concentration: i64, step: i64, cap: bool) -> Option<u16> {
    const SCALE: [i64; 8] = [0, 50, 100, 150, 200, 300, 400, 500];
    // GB/T 8170 by comparison of distances: the nearer step, the even one at a tie.
    let below = concentration / step;
    let rest = concentration - below * step;
    let up = 2 * rest > step || (2 * rest == step && below % 2 == 1);
    let c = (below + i64::from(up)) * step;
    let Some(i) = (1..points.len()).find(|i| c <= points[*i] * 1000) else {
        let top = SCALE[points.len() - 1];
        return if points.len() == SCALE.len() || cap { u16::try_from(top).ok() } else { None };
    };
    let (c0, c1) = (points[i - 1] * 1000, points[i] * 1000);
    (SCALE[i - 1]..=SCALE[i])
        .find(|index| (index - SCALE[i - 1]) * (c1 - c0) >= (SCALE[i] - SCALE[i - 1]) * (c - c0))
        .and_then(|index| u16::try_from(index).ok())
}

/// Year, averaging, pollutant and breakpoints.
type Table = (u16, Averaging, Pollutant, &'static [i64]);

const TABLES: [Table; 26] = [
    (2026, Averaging::Day, Pollutant::So2, &[0, 50, 150, 475, 800, 1600, 2100, 2620]),
    (2026, Averaging::Day, Pollutant::No2, &[0, 40, 80, 180, 280, 565, 750, 940]),
    (2026, Averaging::Day, Pollutant::Co, &[0, 2, 4, 14, 24, 36, 48, 60]),
    (2026, Averaging::Day, Pollutant::O38h, &[0, 100, 160, 215, 265, 800]),
    (2026, Averaging::Day, Pollutant::Pm10, &[0, 50, 120, 250, 350, 420, 500, 600]),
    (2026, Averaging::Day, Pollutant::Pm25, &[0, 35, 60, 115, 150, 250, 350, 500]),
    (2026, Averaging::Hour, Pollutant::So2, &[0, 150, 500, 650, 800]),
    (2026, Averaging::Hour, Pollutant::No2, &[0, 100, 200, 700, 1200, 2340, 3090, 3840]),
    (2026, Averaging::Hour, Pollutant::Co, &[0, 5, 10, 35, 60, 90, 120, 150]),
    (2026, Averaging::Hour, Pollutant::O3, &[0, 160, 200, 300, 400, 800, 1000, 1200]),
    (2026, Averaging::Hour, Pollutant::Pm10, &[0, 50, 120, 250, 350, 420, 500, 600]),
    (2026, Averaging::Hour, Pollutant::Pm25, &[0, 35, 60, 115, 150, 250, 350, 500]),
    (2012, Averaging::Day, Pollutant::So2, &[0, 50, 150, 475, 800, 1600, 2100, 2620]),
    (2012, Averaging::Day, Pollutant::No2, &[0, 40, 80, 180, 280, 565, 750, 940]),
    (2012, Averaging::Day, Pollutant::Co, &[0, 2, 4, 14, 24, 36, 48, 60]),
    (2012, Averaging::Day, Pollutant::O3, &[0, 160, 200, 300, 400, 800, 1000, 1200]),
    (2012, Averaging::Day, Pollutant::O38h, &[0, 100, 160, 215, 265, 800]),
    (2012, Averaging::Day, Pollutant::Pm10, &[0, 50, 150, 250, 350, 420, 500, 600]),
    (2012, Averaging::Day, Pollutant::Pm25, &[0, 35, 75, 115, 150, 250, 350, 500]),
    (2012, Averaging::Hour, Pollutant::So2, &[0, 150, 500, 650, 800]),
    (2012, Averaging::Hour, Pollutant::No2, &[0, 100, 200, 700, 1200, 2340, 3090, 3840]),
    (2012, Averaging::Hour, Pollutant::Co, &[0, 5, 10, 35, 60, 90, 120, 150]),
    (2012, Averaging::Hour, Pollutant::O3, &[0, 160, 200, 300, 400, 800, 1000, 1200]),
    (2012, Averaging::Hour, Pollutant::O38h, &[0, 100, 160, 215, 265, 800]),
    (2012, Averaging::Hour, Pollutant::Pm10, &[0, 50, 150, 250, 350, 420, 500, 600]),
    (2012, Averaging::Hour, Pollutant::Pm25, &[0, 35, 75, 115, 150, 250, 350, 500]),
];

#[test]
fn every_column_of_the_tables_is_compared_with_the_reference() {
    for year in [2012, 2026] {
        for averaging in [Averaging::Day, Averaging::Hour] {
            for pollutant in standard(year).pollutants(averaging) {
                let stands = TABLES.iter().any(|(y, a, p, _)| (*y, *a, *p) == (year, averaging, pollutant));
                assert!(stands, "{year} {averaging:?} {pollutant:?}");
            }
        }
    }
}

#[test]
fn every_representable_concentration_has_the_index_of_an_independent_reference() {
    for (year, averaging, pollutant, points) in TABLES {
        let standard = standard(year);
        let top = points.last().expect("a table") * 1000 + 50_000;
        let mut last = Some(0);
        // Tenths of a step: every rounding and every tie comes up.
        for c in (0..=top).step_by(usize::try_from(pollutant.resolution() / 10).expect("positive")) {
            let got = standard.iaqi(averaging, pollutant, c);
            let expected = reference(points, c, pollutant.resolution(), year == 2026);
            assert_eq!(got, expected, "{year} {averaging:?} {pollutant:?} {c}");
            assert!(got.is_none() || got >= last, "monotone: {year} {averaging:?} {pollutant:?} {c}");
            last = got.or(last);
        }
    }
}

#[test]
fn the_rules_on_missing_data_stand_in_the_files_as_gb_3095_has_them() {
    for year in [2012, 2026] {
        assert_eq!(standard(year).validity, Validity::GB_3095, "{year}");
    }
}

#[test]
fn a_pollutant_is_rounded_to_its_resolution_and_stands_for_its_usual_value() {
    for standard in [standard(2012), standard(2026)] {
        for averaging in [Averaging::Day, Averaging::Hour] {
            for pollutant in standard.pollutants(averaging) {
                let step = pollutant.resolution();
                let rounded = |c| standard.index(averaging, &[(pollutant, Some(c))]).items[0].concentration;
                assert_eq!(rounded(7 * step + step / 2), 8 * step, "{pollutant:?}");
                assert_eq!(rounded(6 * step + step / 2), 6 * step, "{pollutant:?}");
                assert_eq!(standard.unit(averaging, pollutant), Some(pollutant.unit()));
                assert_eq!(standard.statistic(pollutant), pollutant.usual());
            }
        }
        assert!(!standard.ordinal());
        assert_eq!((standard.end(), standard.level_count()), (500, 6));
        assert_eq!([0, 50, 51, 300, 301, 500].map(|aqi| standard.level_number(aqi)), [1, 1, 2, 5, 6, 6]);
    }
}

#[test]
fn no_concentration_is_too_large_or_too_small_for_the_arithmetic() {
    let standard = standard(2026);
    for (c, iaqi) in [(i64::MAX, Some(500)), (i64::MIN, None), (-500, Some(0)), (-501, None)] {
        assert_eq!(standard.iaqi(Averaging::Day, Pollutant::Pm25, c), iaqi, "{c}");
    }
}

#[test]
fn a_standard_that_can_not_be_used_is_refused_with_the_reason() {
    let source = include_str!("../../../rules/standards/hj633-2026.toml");
    let with = |from: &str, to: &str| {
        assert!(source.contains(from), "{from}");
        Standard::parse(&source.replacen(from, to, 1)).err()
    };
    let pm25 = Some(StandardError::Breakpoints("pm25"));
    assert_eq!(with("[0, 35, 60, 115,", "[0, 35, 35, 115,"), pm25, "does not rise");
    assert_eq!(with("[0, 35, 60, 115,", "[0, 5, 35, 60, 115,"), pm25, "outnumbers the scale");
    assert_eq!(with("[0, 35, 60, 115,", "[-1, 35, 60, 115,"), pm25, "negative");
    assert_eq!(with("[0, 35, 60, 115,", "[0, 35, 60, 9223372036854775807,"), pm25, "too large");
    assert_eq!(with("500] }\n\n[hour]", "500], above = \"next\" }\n\n[hour]"), pm25, "the scale has no next band");
    assert_eq!(with("500] }\n\n[hour]", "500], unit = \"ppb\" }\n\n[hour]"), Some(StandardError::Unit("pm25")));
    assert_eq!(with("[0, 50, 100, 150,", "[0, 50, 50, 150,"), Some(StandardError::Breakpoints("scale")));
    assert_eq!(with("step = \"1\"", "step = \"one\""), Some(StandardError::Breakpoints("step")));
    assert_eq!(with("upto = 500", "upto = 400"), Some(StandardError::Levels));
    assert_eq!(with("day_hours = 20", "day_hours = 25"), Some(StandardError::Validity));
    assert!(matches!(with("missing = ", "mising = "), Some(StandardError::Toml(_))));
}

//! The US standard against its document's examples and against fractions worked out apart from the program.

use chrono::NaiveDate;

use crate::Averaging::{Day, Hour};
use crate::Pollutant::{self, Co, No2, O3, O38h, Pm10, Pm25, So2, So224h};
use crate::Statistic::{Max1h, Max8h, Mean};
use crate::{Milli, Standard, StandardError, Unit, milli_words};
use cuofeng_base::text::Lang;

fn standard() -> Standard {
    Standard::parse(include_str!("../../../../rules/standards/us-epa-2024.toml")).expect("shipped standard")
}

fn milli(text: &str) -> Milli {
    standard().parse_concentration(text).expect(text)
}

/// Table 6 of EPA-454/B-24-002 written out again in whole steps of each pollutant: step in thousandths of the unit,
/// first row of the scale that the column has, and the rows.
type Table = (Pollutant, i64, usize, &'static [(i64, i64)]);

const TABLES: [Table; 8] = [
    (So2, 1000, 0, &[(0, 35), (36, 75), (76, 185), (186, 304)]),
    (So224h, 1000, 4, &[(305, 604), (605, 1004)]),
    (No2, 1000, 0, &[(0, 53), (54, 100), (101, 360), (361, 649), (650, 1249), (1250, 2049)]),
    (Co, 100, 0, &[(0, 44), (45, 94), (95, 124), (125, 154), (155, 304), (305, 504)]),
    (O3, 1, 2, &[(125, 164), (165, 204), (205, 404), (405, 604)]),
    (O38h, 1, 0, &[(0, 54), (55, 70), (71, 85), (86, 105), (106, 200)]),
    (Pm10, 1000, 0, &[(0, 54), (55, 154), (155, 254), (255, 354), (355, 424), (425, 604)]),
    (Pm25, 100, 0, &[(0, 90), (91, 354), (355, 554), (555, 1254), (1255, 2254), (2255, 3254)]),
];

const SCALE: [(i64, i64); 6] = [(0, 50), (51, 100), (101, 150), (151, 200), (201, 300), (301, 500)];

/// The smallest integer that is more than the interpolated fraction less a half, by cross-multiplied 128-bit integers.
fn reference(table: &Table, own: i64) -> Option<u16> {
    let (pollutant, step, first, rows) = *table;
    let steps = own / step;
    let place = rows.iter().position(|(_, to)| steps <= *to);
    let row = match place {
        Some(row) if steps >= rows[row].0 => row,
        Some(_) => return None,
        None if pollutant == So2 => return Some(200),
        None if pollutant == O38h => return None,
        None => rows.len() - 1,
    };
    let ((from, to), (low, high)) = (rows[row], SCALE[first + row]);
    let [from, to, low, high, steps] = [from, to, low, high, steps].map(i128::from);
    let denominator = to - from;
    let numerator = low * denominator + (high - low) * (steps - from);
    let index = (low..10_000).find(|n| 2 * n * denominator + denominator > 2 * numerator)?;
    u16::try_from(index).ok()
}

#[test]
fn every_representable_concentration_has_the_index_of_an_independent_reference() {
    let standard = standard();
    for table in &TABLES {
        let (pollutant, step, _, rows) = *table;
        let top = rows.last().expect("rows").1 * step * 5 / 4;
        let mut last = None;
        for own in (0..=top).step_by(usize::try_from((step / 10).max(1)).expect("positive")) {
            let got = standard.iaqi_own(Day, pollutant, own);
            assert_eq!(got, reference(table, own), "{pollutant:?} {own}");
            assert!(got.is_none() || got >= last, "monotone: {pollutant:?} {own}");
            last = got.or(last);
        }
    }
}

#[test]
fn the_index_is_exact_at_both_ends_of_every_band() {
    let standard = standard();
    for (pollutant, step, first, rows) in TABLES {
        for ((from, to), (low, high)) in rows.iter().zip(&SCALE[first..]) {
            let at = |steps: i64| standard.iaqi_own(Day, pollutant, steps * step).map(i64::from);
            assert_eq!((at(*from), at(*to)), (Some(*low), Some(*high)), "{pollutant:?} {from} {to}");
            // The last thousandth before the next step is cut off.
            assert_eq!(standard.iaqi_own(Day, pollutant, to * step + step - 1).map(i64::from), Some(*high));
        }
    }
}

#[test]
fn the_document_s_own_examples_come_out() {
    // Section IV: ozone 0.07853333 ppm is cut to 0.078 and gives 126; with PM2.5 35.9 and CO 8.4 the AQI is 126.
    let standard = standard();
    let values = [(O38h, Some(milli("0.07853333"))), (Pm25, Some(milli("35.9"))), (Co, Some(milli("8.4")))];
    let index = standard.index_own(Day, &values);
    let items: Vec<_> = index.items.iter().map(|i| (i.pollutant, milli_words(i.concentration), i.iaqi)).collect();
    let expected = [(Co, "8.4", 90), (O38h, "0.078", 126), (Pm25, "35.9", 102)];
    assert_eq!(items, expected.map(|(p, c, i)| (p, c.to_owned(), Some(i))));
    assert_eq!((index.aqi, index.primary.as_slice()), (Some(126), [O38h].as_slice()));
    assert_eq!(standard.iaqi_own(Day, O3, milli("0.162")), Some(147));
}

#[test]
fn ozone_and_sulphur_dioxide_change_their_averaging_as_the_document_says() {
    let standard = standard();
    let aqi = |values: &[(Pollutant, &str)]| {
        let values: Vec<_> = values.iter().map(|(p, text)| (*p, Some(milli(text)))).collect();
        standard.index_own(Day, &values).aqi
    };
    assert_eq!(aqi(&[(O38h, "0.085"), (O3, "0.124")]), Some(150), "one hour counts from 0.125 on");
    assert_eq!(aqi(&[(O38h, "0.085"), (O3, "0.165")]), Some(151), "the larger of both");
    assert_eq!(aqi(&[(O38h, "0.3"), (O3, "0.35")]), Some(273), "above 0.200 only one hour");
    assert_eq!(aqi(&[(O38h, "0.3")]), None);
    assert_eq!(aqi(&[(So2, "400"), (So224h, "63.75")]), Some(200), "a short peak stays at 200");
    assert_eq!(aqi(&[(So2, "400"), (So224h, "400")]), Some(232), "from 305 ppb on the mean of the day");
}

#[test]
fn beyond_500_the_last_line_goes_on_and_the_level_stays() {
    let standard = standard();
    assert_eq!(standard.iaqi_own(Day, Pm25, milli("325.4")), Some(500));
    // 301 + 199 × (600 − 225.5) ÷ 99.9 = 1047.0
    assert_eq!(standard.iaqi_own(Day, Pm25, milli("600")), Some(1047));
    assert_eq!(standard.iaqi_own(Day, Pm25, i64::MAX), Some(u16::MAX));
    assert_eq!(standard.iaqi(Day, Co, i64::MAX), Some(u16::MAX));
    assert_eq!(standard.end(), 500);
    assert_eq!(standard.level(1047).map(|l| l.words(Lang::En)), Some("Hazardous"));
}

/// Thousandths of µg/m³ (mg/m³ for CO) that a feed would store for thousandths of the standard's unit.
fn stored(pollutant: Pollutant, own: i64) -> Option<i64> {
    let (mass, micro) = match pollutant {
        So2 | So224h => (64_064, 1),
        No2 => (46_006, 1),
        Co => (28_010, 1),
        O3 | O38h => (47_998, 1000),
        Pm10 | Pm25 => return None,
    };
    let (numerator, denominator) = (i128::from(own) * mass * micro, 24_465_i128);
    i64::try_from((2 * numerator + denominator) / (2 * denominator)).ok()
}

#[test]
fn every_step_of_a_gas_comes_back_from_the_mass_that_is_stored_for_it() {
    let standard = standard();
    for (pollutant, step, _, rows) in TABLES {
        for steps in 0..=rows.last().expect("rows").1 + 50 {
            let own = steps * step;
            let mass = stored(pollutant, own).unwrap_or(own);
            let index = standard.index(Day, &[(pollutant, Some(mass))]);
            assert_eq!(index.items[0].concentration, own, "{pollutant:?} {own} {mass}");
            assert_eq!(index.items[0].iaqi, standard.iaqi_own(Day, pollutant, own), "{pollutant:?} {own}");
            assert_eq!(index.items[0].iaqi, standard.iaqi(Day, pollutant, mass), "{pollutant:?} {own}");
        }
    }
}

#[test]
fn masses_are_turned_into_the_standard_s_units_at_25_degrees() {
    let standard = standard();
    // 0.071 ppm of ozone is 139.2952 µg/m³, of which 139.295 is stored.
    let cases = [
        (O38h, 139_294, "0.07", Unit::Ppm),
        (O38h, 139_295, "0.071", Unit::Ppm),
        (No2, 100_000, "53", Unit::Ppb),
        (So2, 100_000, "38", Unit::Ppb),
        (Co, 10_000, "8.7", Unit::Ppm),
        (Pm25, 35_499, "35.4", Unit::Microgram),
        (Pm10, 54_999, "54", Unit::Microgram),
    ];
    for (pollutant, mass, words, unit) in cases {
        let item = standard.index(Day, &[(pollutant, Some(mass))]).items[0];
        assert_eq!((milli_words(item.concentration).as_str(), item.unit), (words, unit), "{pollutant:?} {mass}");
    }
}

#[test]
fn it_is_used_only_by_name_only_for_days_and_says_which_value_of_a_day_it_wants() {
    let (standard, day) = (standard(), NaiveDate::from_ymd_opt(2026, 7, 1).expect("a day"));
    assert!(!standard.governs(day));
    assert_eq!(standard.pollutants(Hour).count(), 0);
    let wanted = [So2, So224h, No2, Co, O3, O38h, Pm10, Pm25].map(|p| standard.statistic(p));
    assert_eq!(wanted, [Max1h, Mean, Max1h, Max8h, Max1h, Max8h, Mean, Mean]);
}

#[test]
fn a_gap_between_bands_and_a_gas_without_its_molar_mass_are_refused() {
    let source = include_str!("../../../../rules/standards/us-epa-2024.toml");
    let with = |from: &str, to: &str| {
        assert!(source.contains(from), "{from}");
        Standard::parse(&source.replacen(from, to, 1)).err()
    };
    let ozone = Some(StandardError::Breakpoints("o3_8h"));
    assert_eq!(with("0.055-0.070", "0.056-0.070"), ozone);
    assert_eq!(with("0.055-0.070", "0.054-0.070"), None, "bands may meet");
    assert_eq!(with("0.055-0.070", "-"), ozone, "a dash stands only at the beginning");
    assert_eq!(with("0.055-0.070", "0.0555-0.070"), ozone, "off the grid");
    assert_eq!(with("molar_volume = \"24.465\"", ""), Some(StandardError::Unit("so2")));
    assert_eq!(with("molar_mass = \"46.006\"", ""), Some(StandardError::Unit("no2")));
    assert_eq!(with("[day.pm10]", "[day.pm10]\nunit = \"mg/m³\""), Some(StandardError::Unit("pm10")));
    assert_eq!(with("[day.pm10]", "[day.pm10]\nmolar_mass = \"30\""), Some(StandardError::Unit("pm10")));
}

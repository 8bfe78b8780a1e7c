//! `cuofeng forecast add`: what a person was told of a day by telephone, or reads off a screenshot.

use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::super::{Call, Time, answered, look, misread};
use cuofeng_air::forecast::Range;
use cuofeng_app::pulling::versions::Entry;
use cuofeng_aqi::Pollutant;
use cuofeng_base::msg;
use cuofeng_base::time;
use cuofeng_grid::half_width;

/// The highest index there is.
const HIGHEST: i64 = 500;

/// What is entered.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct New {
    #[arg(long, value_name = "ID")]
    region: Option<String>,
    #[arg(long, value_name = "DAY")]
    day: String,
    #[arg(long, value_name = "105-135")]
    index: String,
    #[arg(long, value_name = "臭氧,PM2.5", default_value = "")]
    primary: String,
    #[arg(long, value_name = "TEXT", value_parser = super::super::words())]
    source: String,
    #[arg(long, value_name = "STAFF", value_parser = super::super::words())]
    by: String,
    #[arg(long, value_name = "TIME")]
    issued: Option<Time>,
    #[arg(long, value_name = "TIME")]
    pub(super) now: Option<Time>,
}

/// Enters a day's forecast for a region.
pub(super) async fn add(call: &Call, new: &New, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let Some(index) = range(&new.index) else {
        return Ok(misread(call, &msg!("versions.index", value = &new.index)));
    };
    let Some(primary) = pollutants(&new.primary) else {
        return Ok(misread(call, &msg!("versions.primary", value = &new.primary)));
    };
    if new.source.trim().is_empty() || new.by.trim().is_empty() {
        return Ok(misread(call, &msg!("versions.empty")));
    }
    let app = look(call).await?;
    let regions: Vec<&str> = app.site.config.regions.iter().map(|region| region.id.as_str()).collect();
    let region = match (&new.region, regions.as_slice()) {
        (Some(region), known) if known.contains(&region.as_str()) => region.clone(),
        (Some(region), _) => return Ok(misread(call, &msg!("config.feed_region", region = region))),
        (None, [only]) => (*only).to_owned(),
        (None, several) => return Ok(misread(call, &msg!("versions.region", known = several.join(call.lang.comma())))),
    };
    let issued_at = new.issued.map_or(now, Time::utc);
    let near = app.site.config.zone.day(issued_at);
    let Some(day) = time::day::read(&half_width(&new.day), near) else {
        return Ok(misread(call, &msg!("versions.day_unread", value = &new.day)));
    };
    let entry = Entry { region, day, index, primary, source: new.source.trim().to_owned(), issued_at };
    let answer = app.versions().add_forecast(&entry, &new.by, now).await?;
    app.store.close().await;
    Ok(answered(call, answer))
}

/// `105-135` with any stroke that people type, or `120`.
fn range(text: &str) -> Option<Range> {
    let plain: String = half_width(text).chars().filter(|c| !c.is_whitespace()).collect();
    let (low, high) = plain.split_once(['-', '~', '—', '–', '至', '到']).unwrap_or((&plain, &plain));
    let (low, high): (i64, i64) = (low.parse().ok()?, high.parse().ok()?);
    Range::new(low, high).filter(|range| range.low() >= 0 && range.high() <= HIGHEST)
}

/// Pollutants as bulletins name them, or by their identifiers; ozone of a day is its eight-hour mean.
fn pollutants(text: &str) -> Option<Vec<Pollutant>> {
    let words = text.split([',', '，', '、', '或']).map(str::trim).filter(|word| !word.is_empty());
    words.map(pollutant).collect()
}

fn pollutant(word: &str) -> Option<Pollutant> {
    let plain = word.to_uppercase().replace(['_', ' ', '（', '）', '(', ')'], "");
    Some(match plain.as_str() {
        "臭氧" | "O3" | "臭氧8小时" | "O38H" | "O3-8H" => Pollutant::O38h,
        "细颗粒物" | "PM2.5" | "PM25" => Pollutant::Pm25,
        "可吸入颗粒物" | "PM10" => Pollutant::Pm10,
        "二氧化氮" | "NO2" => Pollutant::No2,
        "二氧化硫" | "SO2" => Pollutant::So2,
        "一氧化碳" | "CO" => Pollutant::Co,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_read_as_people_type_it_and_nothing_else_is() {
        let range = |text| range(text).map(|range| (range.low(), range.high()));
        for text in ["105-135", "105~135", "105 — 135", "１０５－１３５", "105至135", "105到135"] {
            assert_eq!(range(text), Some((105, 135)), "{text}");
        }
        assert_eq!(range("120"), Some((120, 120)));
        for text in ["", "135-105", "-5", "105-", "1050-1350", "轻度", "105-135-150"] {
            assert_eq!(range(text), None, "{text}");
        }
    }

    #[test]
    fn pollutants_are_read_as_bulletins_name_them() {
        for (text, read) in [
            ("", Some(vec![])),
            ("臭氧", Some(vec![Pollutant::O38h])),
            ("O3（8h）、PM2.5", Some(vec![Pollutant::O38h, Pollutant::Pm25])),
            ("o3_8h,pm10", Some(vec![Pollutant::O38h, Pollutant::Pm10])),
            ("灰尘", None),
        ] {
            assert_eq!(pollutants(text), read, "{text}");
        }
    }
}

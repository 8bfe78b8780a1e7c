//! The `[[feed]]` tables of the site file.
//!
//! In: a table as TOML sees it. Out: a [`FeedConfig`] with what its kind needs, or every problem at its place.
//! Can't happen: a key that another kind has and this one ignores; a feed for a place that is not known.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use crate::table::{Map, Role};
use cuofeng_air::region::Region;
use cuofeng_base::msg;
use cuofeng_base::problem::{is_identifier, nearest};
use cuofeng_base::setting::{SecretSource, SiteText};
use cuofeng_base::text::Message;

/// A source of forecasts, observations, hot spots or alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedConfig {
    /// Name, unique in the site.
    pub name: String,
    /// What notices say the data is: provider, licence, or that it is made up.
    pub label: String,
    /// Hours after its issue during which a run counts as fresh.
    pub fresh_hours: u32,
    /// The regions it serves.
    pub regions: Vec<String>,
    /// Where it reads, and how.
    pub source: Source,
}

impl FeedConfig {
    /// Whether it brings forecasts.
    #[must_use]
    pub const fn forecasts(&self) -> bool {
        match &self.source {
            Source::Table { role, .. } => matches!(role, Role::Forecast),
            Source::OpenMeteo { .. } | Source::Bulletin { .. } => true,
            Source::QWeather { air, weather, .. } => *air || *weather,
            Source::Firms { .. } | Source::Cnemc { .. } => false,
        }
    }

    /// Whether it is to bring forecasts of the air, and not of the weather alone.
    #[must_use]
    pub const fn forecasts_air(&self) -> bool {
        match &self.source {
            Source::OpenMeteo { air, .. } => air.is_some(),
            Source::QWeather { air, .. } => *air,
            _ => self.forecasts(),
        }
    }
}

/// Where a feed reads, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A table in the site folder.
    Table {
        /// CSV, CSV in gzip, or XLSX, relative to the site.
        file: String,
        /// Forecasts or observations.
        role: Role,
        /// What its columns mean, where they are not named as ours.
        map: Option<Map>,
    },
    /// Open-Meteo.
    OpenMeteo {
        /// Address of the air-quality service, none where it is not wanted.
        air: Option<String>,
        /// Address of the weather service, none where it is not wanted.
        weather: Option<String>,
        /// Key of a paid account.
        key: Option<SecretSource>,
    },
    /// QWeather 和风天气.
    QWeather {
        /// Address of the account's own host.
        url: String,
        /// Credential identifier.
        credential: String,
        /// Project identifier.
        project: String,
        /// The Ed25519 key in PKCS 8 PEM.
        key: SecretSource,
        /// Whether air quality is wanted.
        air: bool,
        /// Whether the weather is wanted.
        weather: bool,
        /// Whether official alerts are wanted.
        alerts: bool,
        /// Identifier of the standard by which the provider works out its index.
        standard: String,
        /// Event codes of alerts that become orders.
        alert_codes: Vec<String>,
    },
    /// Text bulletins.
    Bulletin {
        /// Where they are.
        from: BulletinPlace,
        /// Identifier of the standard by which the publisher works out its index; by date where none is given.
        standard: Option<String>,
        /// The clock hour at which bulletins are issued that state their day alone, 0–23.
        issued_hour: Option<u32>,
        /// Reads a PDF on its standard input and writes its text in UTF-8; none where PDF is not read.
        pdf_text: Option<Vec<String>>,
    },
    /// NASA FIRMS hot spots.
    Firms {
        /// Address of the service.
        url: String,
        /// The map key.
        key: SecretSource,
        /// Satellite product.
        satellite: String,
        /// How far around the regions hot spots are fetched, in km.
        radius_km: u32,
        /// Days of UTC in each request, today included, 1 or 2: the night's sightings belong to the day before.
        days: u8,
    },
    /// Hourly observations of cities by CNEMC (unofficial, for verification only).
    Cnemc {
        /// Address of the service.
        url: String,
    },
}

/// Where bulletins are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BulletinPlace {
    /// One file, relative to the site.
    File(String),
    /// Every text in a folder, relative to the site.
    Folder(String),
    /// A page.
    Url(String),
}

impl Source {
    /// Whether it lies in the site folder, where whatever is put wakes the service.
    #[must_use]
    pub const fn is_watched(&self) -> bool {
        let Self::Bulletin { from, .. } = self else { return matches!(self, Self::Table { .. }) };
        matches!(from, BulletinPlace::File(_) | BulletinPlace::Folder(_))
    }
}

/// What a kind asks of each region that it serves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    Place,
    City,
}

/// What there is to know of a kind of feed before its own settings are read.
struct Kind {
    /// Its word in the site file.
    word: &'static str,
    /// The keys that it knows beside `name`, `kind`, `label`, `fresh_hours` and `regions`.
    keys: &'static [&'static str],
    /// Hours for which a run is fresh unless the file says otherwise: two of the provider's usual cycles.
    fresh_hours: u32,
    /// What notices say the data is, where the file gives no words of its own.
    label: Option<fn() -> Message>,
    needs: Needs,
    /// Whether it serves one region and no more.
    single: bool,
    /// Reads what is its own.
    read: fn(&mut SiteText, FeedSection, &Range<usize>) -> Option<Source>,
}

/// The kinds of feeds: one row each.
const KINDS: [Kind; 6] = [
    Kind {
        word: "table",
        keys: &["file", "role", "map"],
        fresh_hours: 14,
        label: None,
        needs: Needs::Nothing,
        single: false,
        read: table,
    },
    Kind {
        word: "open_meteo",
        keys: &["parts", "air_url", "weather_url", "key_env", "key_file"],
        fresh_hours: 30,
        label: Some(|| msg!("config.label_open_meteo")),
        needs: Needs::Place,
        single: false,
        read: open_meteo,
    },
    Kind {
        word: "qweather",
        keys: &["url", "credential", "project", "key_env", "key_file", "parts", "standard", "alert_codes"],
        fresh_hours: 14,
        label: Some(|| msg!("config.label_qweather")),
        needs: Needs::Place,
        single: false,
        read: qweather,
    },
    Kind {
        word: "bulletin",
        keys: &["file", "folder", "url", "standard", "issued_hour", "pdf_text"],
        fresh_hours: 36,
        label: None,
        needs: Needs::Nothing,
        single: true,
        read: bulletin,
    },
    Kind {
        word: "firms",
        keys: &["url", "satellite", "radius_km", "days", "key_env", "key_file"],
        fresh_hours: 14,
        label: Some(|| msg!("config.label_firms")),
        needs: Needs::Place,
        single: false,
        read: firms,
    },
    Kind {
        word: "cnemc",
        keys: &["url"],
        fresh_hours: 4,
        label: Some(|| msg!("config.label_cnemc")),
        needs: Needs::City,
        single: false,
        read: cnemc,
    },
];

/// `[[feed]]` as TOML sees it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSection {
    name: String,
    kind: Spanned<String>,
    label: Option<String>,
    fresh_hours: Option<Spanned<u32>>,
    regions: Option<Spanned<Vec<String>>>,
    file: Option<Spanned<String>>,
    folder: Option<Spanned<String>>,
    url: Option<Spanned<String>>,
    air_url: Option<Spanned<String>>,
    weather_url: Option<Spanned<String>>,
    role: Option<Spanned<Role>>,
    map: Option<Spanned<Map>>,
    parts: Option<Spanned<Vec<String>>>,
    standard: Option<Spanned<String>>,
    issued_hour: Option<Spanned<u32>>,
    pdf_text: Option<Spanned<Vec<String>>>,
    credential: Option<Spanned<String>>,
    project: Option<Spanned<String>>,
    alert_codes: Option<Spanned<Vec<String>>>,
    satellite: Option<Spanned<String>>,
    radius_km: Option<Spanned<u32>>,
    days: Option<Spanned<u8>>,
    key_env: Option<Spanned<String>>,
    key_file: Option<Spanned<String>>,
}

impl FeedSection {
    /// The keys that are there and belong to some kinds only.
    fn keys(&self) -> Vec<(&'static str, Range<usize>)> {
        fn at<T>(value: Option<&Spanned<T>>) -> Option<Range<usize>> {
            value.map(Spanned::span)
        }
        let all = [
            ("file", at(self.file.as_ref())),
            ("folder", at(self.folder.as_ref())),
            ("url", at(self.url.as_ref())),
            ("air_url", at(self.air_url.as_ref())),
            ("weather_url", at(self.weather_url.as_ref())),
            ("role", at(self.role.as_ref())),
            ("map", at(self.map.as_ref())),
            ("parts", at(self.parts.as_ref())),
            ("standard", at(self.standard.as_ref())),
            ("issued_hour", at(self.issued_hour.as_ref())),
            ("pdf_text", at(self.pdf_text.as_ref())),
            ("credential", at(self.credential.as_ref())),
            ("project", at(self.project.as_ref())),
            ("alert_codes", at(self.alert_codes.as_ref())),
            ("satellite", at(self.satellite.as_ref())),
            ("radius_km", at(self.radius_km.as_ref())),
            ("days", at(self.days.as_ref())),
            ("key_env", at(self.key_env.as_ref())),
            ("key_file", at(self.key_file.as_ref())),
        ];
        all.into_iter().filter_map(|(name, span)| Some((name, span?))).collect()
    }
}

/// Checks the feeds against the regions.
pub fn read(site: &mut SiteText, list: Vec<Spanned<FeedSection>>, regions: &[Region]) -> Vec<FeedConfig> {
    let mut out: Vec<FeedConfig> = Vec::new();
    for feed in list {
        let span = feed.span();
        let section = feed.into_inner();
        if !is_identifier(&section.name) {
            let what = msg!("config.identifier", value = &section.name);
            site.problem(span.clone(), what, msg!("config.identifier_advice"));
        } else if out.iter().any(|f| f.name == section.name) {
            site.problem(span.clone(), msg!("config.twice", value = &section.name), msg!("config.twice_advice"));
        }
        out.extend(one(site, section, &span, regions));
    }
    out
}

fn one(site: &mut SiteText, section: FeedSection, span: &Range<usize>, regions: &[Region]) -> Option<FeedConfig> {
    let written = section.kind.get_ref();
    let Some(kind) = KINDS.iter().find(|kind| kind.word == written) else {
        let words = KINDS.each_ref().map(|kind| kind.word);
        let all = words.join(", ");
        let meant = nearest(written, words).unwrap_or(&all).to_owned();
        let what = msg!("config.feed_kind", value = written);
        site.problem(section.kind.span(), what, msg!("config.feed_kind_advice", known = meant));
        return None;
    };
    let foreign = |(name, _): &(&str, Range<usize>)| !kind.keys.contains(name);
    for (name, at) in section.keys().into_iter().filter(foreign) {
        let what = msg!("config.feed_key", kind = kind.word, key = name);
        site.problem(at, what, msg!("config.feed_key_advice", known = kind.keys.join(", ")));
    }
    let fresh_hours = match &section.fresh_hours {
        None => kind.fresh_hours,
        Some(hours) => {
            if !(1..=240).contains(hours.get_ref()) {
                site.problem(hours.span(), msg!("config.fresh"), msg!("config.fresh_advice"));
            }
            *hours.get_ref()
        }
    };
    let usual = kind.label.map(|label| label().text(site.lang));
    let Some(label) = section.label.clone().or(usual) else {
        needs(site, span, kind.word, "label");
        return None;
    };
    let served = served(site, &section, span, kind, regions);
    let name = section.name.clone();
    let source = (kind.read)(site, section, span)?;
    Some(FeedConfig { name, label, fresh_hours, regions: served, source })
}

/// The regions a feed serves; each must be known, and placed where the kind asks for a place.
fn served(
    site: &mut SiteText,
    section: &FeedSection,
    span: &Range<usize>,
    kind: &Kind,
    regions: &[Region],
) -> Vec<String> {
    let all = || regions.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
    let served = section.regions.as_ref().map_or_else(all, |list| list.get_ref().clone());
    for id in &served {
        let Some(region) = regions.iter().find(|r| r.id == *id) else {
            let at = section.regions.as_ref().map_or(span.clone(), Spanned::span);
            site.problem(at, msg!("config.feed_region", region = id), msg!("feed.region_advice"));
            continue;
        };
        let (missing, advice) = match kind.needs {
            Needs::Place => (region.place.is_none(), msg!("config.place_advice")),
            Needs::City => (region.city.is_none(), msg!("config.city_advice")),
            Needs::Nothing => continue,
        };
        if missing {
            site.problem(span.clone(), msg!("config.place_missing", kind = kind.word, region = id), advice);
        }
    }
    if kind.single && served.len() != 1 {
        site.problem(span.clone(), msg!("config.bulletin_region"), msg!("config.bulletin_region_advice"));
    }
    served
}

fn table(site: &mut SiteText, section: FeedSection, span: &Range<usize>) -> Option<Source> {
    let Some(file) = section.file else {
        needs(site, span, "table", "file");
        return None;
    };
    let role = section.role.map_or_else(Role::default, Spanned::into_inner);
    if let Some(map) = &section.map {
        for (what, advice) in map.get_ref().check(role) {
            site.problem(map.span(), what, advice);
        }
    }
    Some(Source::Table { file: file.into_inner(), role, map: section.map.map(Spanned::into_inner) })
}

fn bulletin(site: &mut SiteText, section: FeedSection, span: &Range<usize>) -> Option<Source> {
    let from = match (section.file, section.folder, section.url) {
        (Some(file), None, None) => BulletinPlace::File(file.into_inner()),
        (None, Some(folder), None) => BulletinPlace::Folder(folder.into_inner()),
        (None, None, Some(url)) => BulletinPlace::Url(site.address(&url)?),
        _ => {
            site.problem(span.clone(), msg!("config.bulletin_from"), msg!("config.bulletin_from_advice"));
            return None;
        }
    };
    if let Some(hour) = section.issued_hour.as_ref().filter(|hour| *hour.get_ref() > 23) {
        site.problem(hour.span(), msg!("config.issued_hour"), msg!("config.issued_hour_advice"));
    }
    let program = |command: &Vec<String>| command.first().is_some_and(|name| !name.trim().is_empty());
    if let Some(command) = section.pdf_text.as_ref().filter(|command| !program(command.get_ref())) {
        site.problem(command.span(), msg!("config.pdf_text"), msg!("config.pdf_text_advice"));
    }
    Some(Source::Bulletin {
        from,
        standard: section.standard.map(Spanned::into_inner),
        issued_hour: section.issued_hour.map(Spanned::into_inner),
        pdf_text: section.pdf_text.map(Spanned::into_inner),
    })
}

fn firms(site: &mut SiteText, section: FeedSection, span: &Range<usize>) -> Option<Source> {
    let key = key(site, section.key_env, section.key_file, span);
    let Some(key) = key else {
        needs(site, span, "firms", "key_env");
        return None;
    };
    let url = url_or(site, section.url.as_ref(), "https://firms.modaps.eosdis.nasa.gov")?;
    let days = section.days.map_or(2, Spanned::into_inner);
    let radius_km = section.radius_km.map_or(30, Spanned::into_inner);
    if !(1..=2).contains(&days) || !(1..=200).contains(&radius_km) {
        site.problem(span.clone(), msg!("config.firms"), msg!("config.firms_advice"));
    }
    let satellite = section.satellite.map_or_else(|| "VIIRS_NOAA20_NRT".to_owned(), Spanned::into_inner);
    Some(Source::Firms { url, key, satellite, radius_km, days })
}

fn cnemc(site: &mut SiteText, section: FeedSection, _span: &Range<usize>) -> Option<Source> {
    let url = section.url;
    Some(Source::Cnemc { url: url_or(site, url.as_ref(), "https://air.cnemc.cn:18007")? })
}

fn open_meteo(site: &mut SiteText, section: FeedSection, span: &Range<usize>) -> Option<Source> {
    let key = key(site, section.key_env, section.key_file, span);
    let (air, weather, _) = parts(site, section.parts.as_ref(), &["air", "weather"]);
    let prefix = if key.is_some() { "customer-" } else { "" };
    let address = |site: &mut SiteText, given: Option<&Spanned<String>>, host: &str| {
        url_or(site, given, &format!("https://{prefix}{host}.open-meteo.com"))
    };
    let air_url = address(site, section.air_url.as_ref(), "air-quality-api")?;
    let weather_url = address(site, section.weather_url.as_ref(), "api")?;
    Some(Source::OpenMeteo { air: air.then_some(air_url), weather: weather.then_some(weather_url), key })
}

fn qweather(site: &mut SiteText, section: FeedSection, span: &Range<usize>) -> Option<Source> {
    let key = key(site, section.key_env, section.key_file, span);
    let (air, weather, alerts) = parts(site, section.parts.as_ref(), &["air", "weather", "alerts"]);
    let (Some(url), Some(credential), Some(project), Some(key)) =
        (section.url, section.credential, section.project, key)
    else {
        needs(site, span, "qweather", "url, credential, project, key_file");
        return None;
    };
    let standard = section.standard.map_or_else(|| "hj633-2012".to_owned(), Spanned::into_inner);
    // Heavy pollution under its four names, and ozone. Haze (1019) and the weather of heavy pollution (1074) are
    // a weather bureau's and no tier of an emergency plan: staff are told of them.
    let codes = || ["1029", "1032", "1067", "1272", "1274"].map(str::to_owned).to_vec();
    let alert_codes = section.alert_codes.map_or_else(codes, Spanned::into_inner);
    let (credential, project) = (credential.into_inner(), project.into_inner());
    let url = site.address(&url)?;
    Some(Source::QWeather { url, credential, project, key, air, weather, alerts, standard, alert_codes })
}

/// Which parts are wanted: all where none is named.
fn parts(site: &mut SiteText, given: Option<&Spanned<Vec<String>>>, all: &[&'static str]) -> (bool, bool, bool) {
    let Some(given) = given else { return (true, true, true) };
    let unknown = given.get_ref().iter().find(|p| !all.contains(&p.as_str()));
    if unknown.is_some() || given.get_ref().is_empty() {
        let value = unknown.map_or("", String::as_str);
        let what = msg!("config.part", value = value);
        site.problem(given.span(), what, msg!("config.feed_kind_advice", known = all.join(", ")));
    }
    let has = |name: &str| given.get_ref().iter().any(|p| p == name);
    (has("air"), has("weather"), has("alerts"))
}

fn key(
    site: &mut SiteText,
    env: Option<Spanned<String>>,
    file: Option<Spanned<String>>,
    span: &Range<usize>,
) -> Option<SecretSource> {
    match (env, file) {
        (Some(name), None) => Some(SecretSource::Env(name.into_inner())),
        (None, Some(path)) => Some(SecretSource::File(path.into_inner())),
        (None, None) => None,
        (Some(_), Some(_)) => {
            site.problem(span.clone(), msg!("config.key_twice"), msg!("config.key_advice"));
            None
        }
    }
}

fn url_or(site: &mut SiteText, given: Option<&Spanned<String>>, usual: &str) -> Option<String> {
    given.map_or_else(|| Some(usual.to_owned()), |url| site.address(url))
}

fn needs(site: &mut SiteText, span: &Range<usize>, kind: &str, key: &str) {
    let what = msg!("config.feed_needs", kind = kind, key = key);
    site.problem(span.clone(), what, msg!("config.missing_key_advice"));
}

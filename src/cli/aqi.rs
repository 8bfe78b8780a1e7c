//! `cuofeng aqi`: the index of concentrations, by a standard and in the standard's own units.

use std::io::{BufWriter, Read, Write};
use std::process::ExitCode;

use serde_json::json;

use super::{Call, complain, misread, refused, say};
use cuofeng_aqi::{Averaging, Index, Milli, Pollutant, Standard, Unit, milli_words};
use cuofeng_base::msg;
use cuofeng_office::embedded;

/// What was asked.
pub(super) struct Question {
    /// Identifier of the standard.
    pub standard: String,
    /// Daily or hourly tables.
    pub averaging: Averaging,
    /// Whether rows come on standard input.
    pub csv: bool,
    /// `pollutant=concentration`.
    pub values: Vec<String>,
}

/// Answers; exit code 2 where the question can't be understood.
pub(super) fn aqi(call: &Call, question: &Question) -> anyhow::Result<ExitCode> {
    let standards: Vec<Standard> = embedded::RULES
        .iter()
        .filter(|(path, _)| path.starts_with("standards/"))
        .filter_map(|(_, bytes)| Standard::parse(std::str::from_utf8(bytes).ok()?).ok())
        .collect();
    let Some(standard) = standards.iter().find(|s| s.id == question.standard) else {
        let known: Vec<&str> = standards.iter().map(|s| s.id.as_str()).collect();
        return Ok(misread(call, &msg!("aqi.standard", value = &question.standard, known = known.join(", "))));
    };
    let averaging = question.averaging;
    if standard.pollutants(averaging).next().is_none() {
        let (asked, other) = if averaging == Averaging::Day { ("day", "hour") } else { ("hour", "day") };
        return Ok(misread(call, &msg!("aqi.period", standard = &standard.title, asked = asked, other = other)));
    }
    if question.csv {
        return rows(call, standard, averaging);
    }
    let mut concentrations: Vec<(Pollutant, Option<Milli>)> = Vec::new();
    for value in &question.values {
        let read = value
            .split_once('=')
            .and_then(|(name, number)| Some((pollutant(name)?, standard.parse_concentration(number)?)));
        let Some((pollutant, concentration)) = read.filter(|(_, c)| *c >= 0) else {
            return Ok(misread(call, &msg!("aqi.value", value = value, known = units(standard, averaging))));
        };
        if standard.unit(averaging, pollutant).is_none() {
            let known = units(standard, averaging);
            complain(call, &msg!("aqi.unused", value = value, standard = &standard.title, known = known));
        }
        if concentrations.iter().any(|(given, _)| *given == pollutant) {
            return Ok(misread(call, &msg!("aqi.twice", value = pollutant.name())));
        }
        concentrations.push((pollutant, Some(concentration)));
    }
    let index = standard.index_own(averaging, &concentrations);
    if call.json {
        print_json(call, standard, &index);
    } else {
        print(call, standard, &index);
    }
    Ok(ExitCode::SUCCESS)
}

fn pollutant(name: &str) -> Option<Pollutant> {
    Pollutant::ALL.into_iter().find(|p| p.name() == name)
}

/// The pollutants of a standard's tables, each with its unit: `o3_8h (ppm), pm25 (µg/m³)`.
fn units(standard: &Standard, averaging: Averaging) -> String {
    let named = |p: Pollutant| Some(format!("{} ({})", p.name(), standard.unit(averaging, p)?.words()));
    standard.pollutants(averaging).filter_map(named).collect::<Vec<_>>().join(", ")
}

/// One object. An ordinal index is no AQI: `aqi` and `iaqi` are null and `index_level` says which level it is.
fn print_json(call: &Call, standard: &Standard, index: &Index) {
    let number = |aqi: Option<u16>| aqi.filter(|_| !standard.ordinal());
    let ordinal = |aqi: Option<u16>| aqi.map(|aqi| standard.level_number(aqi));
    let level = index.aqi.and_then(|aqi| standard.level(aqi));
    let primary: Vec<&str> = index.primary.iter().map(|p| p.name()).collect();
    let items: Vec<_> = index
        .items
        .iter()
        .map(|i| {
            json!({"pollutant": i.pollutant.name(), "concentration": milli_words(i.concentration),
                   "unit": i.unit.words(), "iaqi": number(i.iaqi), "index_level": ordinal(i.iaqi)})
        })
        .collect();
    let value = json!({"schema": "cuofeng.aqi/1", "standard": standard.title, "aqi": number(index.aqi),
                       "primary": primary, "index_level": ordinal(index.aqi), "index_levels": standard.level_count(),
                       "level": level.map(|l| l.words(call.lang)), "colour": level.map(|l| &l.colour), "items": items});
    say(&value.to_string());
}

fn print(call: &Call, standard: &Standard, index: &Index) {
    match (index.aqi, index.aqi.and_then(|aqi| standard.level(aqi))) {
        (Some(aqi), Some(level)) => {
            let (words, [r, g, b]) = (level.words(call.lang), level.rgb);
            let (colour, title) = (format!("#{r:02x}{g:02x}{b:02x}"), &standard.title);
            if standard.ordinal() {
                let count = standard.level_count();
                let said =
                    msg!("aqi.ordinal", level = words, number = aqi, count = count, colour = colour, standard = title);
                call.tell(&said);
            } else {
                call.tell(&msg!("aqi.index", aqi = aqi, level = words, colour = colour, standard = title));
            }
            if aqi > standard.end() {
                call.tell(&msg!("aqi.beyond", end = standard.end()));
            }
        }
        _ if index.items.iter().any(|i| i.iaqi.is_some()) => {
            call.tell(&msg!("aqi.none", standard = &standard.title));
        }
        _ => call.tell(&msg!("aqi.nothing", standard = &standard.title)),
    }
    if !index.primary.is_empty() {
        let primary: Vec<&str> = index.primary.iter().map(|p| p.name()).collect();
        call.tell(&msg!("aqi.primary", primary = primary.join(", ")));
    }
    for item in &index.items {
        let (name, number) = (item.pollutant.name(), milli_words(item.concentration));
        let iaqi = match item.iaqi {
            Some(level) if standard.ordinal() => msg!("aqi.item_level", number = level).text(call.lang),
            Some(iaqi) => format!("IAQI {iaqi}"),
            None => "IAQI NA".to_owned(),
        };
        say(&format!("  {name:<7} {number:>8} {:<5}  {iaqi}", item.unit.words()));
    }
}

/// Reads `pollutant,concentration` rows and writes them with their IAQI, or level where the standard has levels only;
/// `NA` where the standard gives none, nothing where the concentration is missing. Units other than µg/m³ and mg/m³ are told on standard error.
fn rows(call: &Call, standard: &Standard, averaging: Averaging) -> anyhow::Result<ExitCode> {
    let other = |p| standard.unit(averaging, p).is_some_and(|u| matches!(u, Unit::Ppm | Unit::Ppb));
    if standard.pollutants(averaging).any(other) {
        complain(call, &msg!("aqi.units", standard = &standard.title, known = units(standard, averaging)));
    }
    let mut input = String::new();
    std::io::stdin().lock().read_to_string(&mut input)?;
    let mut output = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    writeln!(output, "pollutant,concentration,{}", if standard.ordinal() { "level" } else { "iaqi" })?;
    let input = input.trim_start_matches('\u{feff}');
    let rows = input.lines().map(str::trim).enumerate();
    for (number, line) in rows.filter(|(i, line)| !(line.is_empty() || *i == 0 && line.starts_with("pollutant"))) {
        let cells = line.split_once(',').map(|(name, text)| (name.trim(), text.trim()));
        // A missing value has no index; it is no fault of the row.
        if cells.is_some_and(|(name, text)| pollutant(name).is_some() && matches!(text, "" | "NA")) {
            writeln!(output, "{line},")?;
            continue;
        }
        let read = cells.and_then(|(name, text)| Some((pollutant(name)?, standard.parse_concentration(text)?)));
        let Some((pollutant, concentration)) = read else {
            output.flush()?;
            return Ok(refused(call, &msg!("aqi.row", row = number + 1, value = line)));
        };
        match standard.iaqi_own(averaging, pollutant, concentration) {
            Some(iaqi) => writeln!(output, "{line},{iaqi}")?,
            None => writeln!(output, "{line},NA")?,
        }
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

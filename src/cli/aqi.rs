//! `cuofeng aqi`: the index of concentrations, by a standard.

use std::io::{BufWriter, Read, Write};
use std::process::ExitCode;

use serde_json::json;

use super::Call;
use crate::aqi::{Averaging, Milli, Pollutant, Standard, milli_words, parse_milli};
use crate::embedded;
use crate::msg;

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
        super::complain(call, &msg!("aqi.standard", value = &question.standard, known = known.join(", ")));
        return Ok(ExitCode::from(2));
    };
    if question.csv {
        return rows(call, standard, question.averaging);
    }
    let mut concentrations: Vec<(Pollutant, Option<Milli>)> = Vec::new();
    for value in &question.values {
        let read = value.split_once('=').and_then(|(name, number)| Some((pollutant(name)?, parse_milli(number)?)));
        let Some((pollutant, concentration)) = read.filter(|(_, c)| *c >= 0) else {
            let known = Pollutant::ALL.map(Pollutant::name).join(", ");
            super::complain(call, &msg!("aqi.value", value = value, known = known));
            return Ok(ExitCode::from(2));
        };
        concentrations.push((pollutant, Some(concentration)));
    }
    print(call, standard, question.averaging, &concentrations);
    Ok(ExitCode::SUCCESS)
}

fn pollutant(name: &str) -> Option<Pollutant> {
    Pollutant::ALL.into_iter().find(|p| p.name() == name)
}

fn print(call: &Call, standard: &Standard, averaging: Averaging, concentrations: &[(Pollutant, Option<Milli>)]) {
    let index = standard.index(averaging, concentrations);
    let level = index.aqi.and_then(|aqi| standard.level(aqi));
    let primary: Vec<&str> = index.primary.iter().map(|p| p.name()).collect();
    if call.json {
        let items: Vec<_> = index
            .items
            .iter()
            .map(|i| json!({"pollutant": i.pollutant.name(), "concentration": milli_words(i.concentration), "iaqi": i.iaqi}))
            .collect();
        let value = json!({"schema": "cuofeng.aqi/1", "standard": standard.title, "aqi": index.aqi, "primary": primary,
                           "level": level.map(|l| l.words(call.lang)), "colour": level.map(|l| &l.colour), "items": items});
        super::say(&value.to_string());
        return;
    }
    match (index.aqi, level) {
        (Some(aqi), Some(level)) => {
            let (words, [r, g, b]) = (level.words(call.lang), level.rgb);
            let colour = format!("#{r:02x}{g:02x}{b:02x}");
            call.tell(&msg!("aqi.index", aqi = aqi, level = words, colour = colour, standard = &standard.title));
        }
        _ => call.tell(&msg!("aqi.none", standard = &standard.title)),
    }
    if !primary.is_empty() {
        call.tell(&msg!("aqi.primary", primary = primary.join(", ")));
    }
    for item in &index.items {
        let iaqi = item.iaqi.map_or_else(|| "NA".to_owned(), |i| i.to_string());
        super::say(&format!("  {:<6} {:>8}  IAQI {iaqi}", item.pollutant.name(), milli_words(item.concentration)));
    }
}

/// Reads `pollutant,concentration` rows and writes them with their IAQI; `NA` where the standard gives none.
fn rows(call: &Call, standard: &Standard, averaging: Averaging) -> anyhow::Result<ExitCode> {
    let mut input = String::new();
    std::io::stdin().lock().read_to_string(&mut input)?;
    let mut output = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    writeln!(output, "pollutant,concentration,iaqi")?;
    let rows =
        input.lines().enumerate().filter(|(i, line)| !(line.is_empty() || *i == 0 && line.starts_with("pollutant")));
    for (number, line) in rows {
        let line = line.trim_end_matches('\r');
        let read = line.split_once(',').and_then(|(name, text)| Some((pollutant(name)?, parse_milli(text)?)));
        let Some((pollutant, concentration)) = read else {
            output.flush()?;
            super::complain(call, &msg!("aqi.row", row = number + 1, value = line));
            return Ok(ExitCode::from(1));
        };
        match standard.iaqi(averaging, pollutant, concentration) {
            Some(iaqi) => writeln!(output, "{line},{iaqi}")?,
            None => writeln!(output, "{line},NA")?,
        }
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

//! Sectors and activities: the vocabulary of `rules/sectors.toml`, with default processes a sector.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::Mir;
use super::process::{Fields, Figures, Kind, Process};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::problem::of_toml;
use cuofeng_base::text::Lang;
use cuofeng_base::time::ClockHours;

/// A name in both languages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    zh: String,
    en: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SectorFile {
    activity: BTreeMap<String, Name>,
    sector: BTreeMap<String, SectorSection>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SectorSection {
    zh: String,
    en: String,
    #[serde(default)]
    process: Vec<DefaultProcess>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct DefaultProcess {
    name: String,
    activity: String,
    figures: Fields,
}

/// What is known of sectors and activities.
#[derive(Debug, Clone)]
pub struct Sectors {
    file: SectorFile,
    defaults: BTreeMap<String, Vec<Process>>,
    mir: Mir,
}

impl Sectors {
    /// Reads `sectors.toml`; solvent mixes in it count by `mir`.
    ///
    /// # Errors
    /// Every problem found.
    pub fn parse(path: &str, source: &str, mir: Mir) -> Result<Self, Vec<Problem>> {
        let text: Arc<str> = source.into();
        let file: SectorFile = toml::from_str(source).map_err(|error| vec![of_toml(path, &text, &error)])?;
        let mut problems = Vec::new();
        let mut defaults: BTreeMap<String, Vec<Process>> = BTreeMap::new();
        for (id, sector) in &file.sector {
            for default in &sector.process {
                let at = || format!("{id}: {}", default.name);
                if !file.activity.contains_key(&default.activity) {
                    let what = msg!("roster.activity", value = &default.activity);
                    let mut problem = Problem::file(path, what, msg!("roster.activity_advice"));
                    problem.value = Some(at());
                    problems.push(problem);
                }
                let names = [String::new(), default.name.clone(), default.activity.clone()];
                match default.figures.process(names, Figures::SectorDefault, None, &mir) {
                    Ok(process) => defaults.entry(id.clone()).or_default().push(process),
                    Err(errors) => problems.extend(errors.into_iter().map(|(column, key)| {
                        let (what, advice) = super::field_messages(key);
                        let mut problem = Problem::file(path, what, advice);
                        problem.value = Some(format!("{}: {column}", at()));
                        problem
                    })),
                }
            }
        }
        if problems.is_empty() { Ok(Self { file, defaults, mir }) } else { Err(problems) }
    }

    /// Reactivities of solvents.
    #[must_use]
    pub const fn mir(&self) -> &Mir {
        &self.mir
    }

    /// Whether there is such a sector.
    #[must_use]
    pub fn has(&self, sector: &str) -> bool {
        self.file.sector.contains_key(sector)
    }

    /// Sector identifiers.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.file.sector.keys().map(String::as_str)
    }

    /// The sector called `text` by identifier or by name.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<&str> {
        self.file.sector.iter().find(|(id, s)| *id == text || s.zh == text || s.en == text).map(|(id, _)| id.as_str())
    }

    /// The activity called `text` by identifier or by name.
    #[must_use]
    pub fn activity(&self, text: &str) -> Option<&str> {
        self.file.activity.iter().find(|(id, a)| *id == text || a.zh == text || a.en == text).map(|(id, _)| id.as_str())
    }

    /// Activity identifiers.
    pub fn activities(&self) -> impl Iterator<Item = &str> {
        self.file.activity.keys().map(String::as_str)
    }

    /// Every word for an activity: its identifier and its names.
    pub fn activity_names(&self) -> impl Iterator<Item = &str> {
        self.file.activity.iter().flat_map(|(id, a)| [id.as_str(), a.zh.as_str(), a.en.as_str()])
    }

    /// Every word for a sector: its identifier and its names.
    pub fn sector_names(&self) -> impl Iterator<Item = &str> {
        self.file.sector.iter().flat_map(|(id, s)| [id.as_str(), s.zh.as_str(), s.en.as_str()])
    }

    /// All sectors in one line, for who looks for a word.
    #[must_use]
    pub fn listed(&self) -> String {
        self.ids().map(|id| format!("{id}（{}）", self.words(id, Lang::Zh))).collect::<Vec<_>>().join("、")
    }

    /// The sector's name.
    #[must_use]
    pub fn words(&self, sector: &str, lang: Lang) -> String {
        self.file
            .sector
            .get(sector)
            .map_or_else(|| sector.to_owned(), |s| if lang == Lang::Zh { s.zh.clone() } else { s.en.clone() })
    }

    /// The activity's name.
    #[must_use]
    pub fn activity_words(&self, activity: &str, lang: Lang) -> String {
        self.file
            .activity
            .get(activity)
            .map_or_else(|| activity.to_owned(), |a| if lang == Lang::Zh { a.zh.clone() } else { a.en.clone() })
    }

    /// The clock hours in which the sector usually does something: those of its own process of this activity, else of all
    /// that can be moved; nothing where the sector has none.
    #[must_use]
    pub fn allowed(&self, sector: &str, activity: &str) -> Option<ClockHours> {
        let movable = || self.defaults.get(sector).into_iter().flatten().filter(|process| process.kind != Kind::Fixed);
        let of_all = |hours: ClockHours, process: &Process| hours.or(process.allowed);
        let same = movable().filter(|process| process.activity == activity).fold(ClockHours::NONE, of_all);
        let any = if same == ClockHours::NONE { movable().fold(ClockHours::NONE, of_all) } else { same };
        (any != ClockHours::NONE).then_some(any)
    }

    /// The sector's default processes for an enterprise.
    #[must_use]
    pub fn defaults(&self, sector: &str, enterprise: &str) -> Vec<Process> {
        let defaults = self.defaults.get(sector).map_or(&[][..], Vec::as_slice);
        let numbered = |(i, p): (usize, &Process)| Process { id: format!("{enterprise}-{}", i + 1), ..p.clone() };
        defaults.iter().enumerate().map(numbered).collect()
    }
}

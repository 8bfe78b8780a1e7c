//! A site folder, read whole.
//!
//! In: a folder. Out: a [`Site`] in which everything fits together, or every problem of every file.
//! Can't happen: a site read in part; a rule whose template does not render.

pub mod filed;
mod merged;
#[cfg(test)]
mod tests;
mod texts;
pub mod untouched;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::config::Config;
use crate::embedded;
use cuofeng_air::forecast::errors::{Errors, ErrorsError};
use cuofeng_air::forecast::{ProfileError, Profiles, Take, Variable, profile};
use cuofeng_aqi::{Standard, StandardError, Standards};
use cuofeng_base::file::{self, Access, FileError, Tree};
use cuofeng_base::msg;
use cuofeng_base::problem::{self, Problem, Severity};
use cuofeng_base::setting;
use cuofeng_base::text::{Lang, outside};
use cuofeng_feed::setting::Source;
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::texts::Texts;
use cuofeng_notice::{self as notice, sample};
use cuofeng_plan::weights::{Weights, WeightsError};
use cuofeng_rules::calendar::Calendar;
use cuofeng_rules::{self as rules, Rule};
use cuofeng_store::files::Files;
use cuofeng_town::roster::{Mir, MirError, Own, Roster, Sectors, Shift};

/// Most bytes of all rules, and of all templates, together: thirty times what ships.
const LARGEST_FOLDER: usize = 8 << 20;

/// Most rules of a site: a policy has a dozen.
const MOST_RULES: usize = 1000;
/// Lies in a folder that is being restored, from the first moment to the last: nothing works there.
pub const RESTORING: &str = "restoring.json";

/// Endings of tables that other programs or older ones write: named, not read.
const OTHER_TABLES: [&str; 4] = ["xls", "et", "ods", "xlsm"];

/// Everything a site's files say.
#[derive(Debug)]
pub struct Site {
    /// The folder.
    pub root: PathBuf,
    /// The site file.
    pub config: Config,
    /// Vocabulary of sectors and activities.
    pub sectors: Sectors,
    /// The tables.
    pub roster: Roster,
    /// Hourly shapes for daily forecasts.
    pub profiles: Profiles,
    /// How forecasts are wrong, for replays.
    pub errors: Errors,
    /// AQI standards.
    pub standards: Standards,
    /// Rules of all rule files, as the files are now.
    pub rules: Vec<Rule>,
    /// Those files, by their path below `rules/`.
    pub rule_texts: BTreeMap<String, String>,
    /// The calendar of working days.
    pub calendar: Calendar,
    /// What an hour's emission counts for ozone.
    pub weights: Weights,
    /// Notice templates.
    pub texts: Texts,
    /// Its own files that all this was read from, as they were.
    pub files: Files,
}

impl Site {
    /// Who is on duty at an instant.
    #[must_use]
    pub fn shift(&self, at: DateTime<Utc>) -> Shift {
        self.roster.shift(self.config.zone.local(at).naive_local())
    }

    /// Where letters and what goes with them are laid down.
    #[must_use]
    pub fn out_folder(&self) -> PathBuf {
        self.root.join(&self.config.folder)
    }

    /// The example's tables, where this site has nobody in its own yet.
    #[must_use]
    pub fn example(&self) -> Option<Roster> {
        let Roster { enterprises, villages, staff, .. } = &self.roster;
        if !(enterprises.is_empty() && villages.is_empty() && staff.is_empty()) {
            return None;
        }
        let file = |name: &'static str| {
            let found = embedded::EXAMPLE.iter().find(|(path, _)| *path == name);
            found.map_or((name, &[][..]), |(path, bytes)| (*path, *bytes))
        };
        let [enterprises, processes, villages, staff] =
            ["enterprises.csv", "processes.csv", "villages.csv", "staff.csv"].map(file);
        let own = Own::default();
        Roster::read(enterprises, processes, villages, (staff, None, None), (&self.sectors, &own)).0
    }

    /// Reads the folder. Warnings come with a site, errors without.
    #[must_use]
    pub fn read(root: &Path) -> (Option<Self>, Vec<Problem>) {
        Self::read_from(root, None, true)
    }

    /// The same, whatever the provider of short messages has approved so far: to write down what is to be filed.
    #[must_use]
    pub fn before_filing(root: &Path) -> (Option<Self>, Vec<Problem>) {
        Self::read_from(root, None, false)
    }

    /// The same of files that were read before, in the place of those that the folder has now.
    #[must_use]
    pub fn read_kept(root: &Path, files: &Files) -> (Option<Self>, Vec<Problem>) {
        Self::read_from(root, Some(files), true)
    }

    fn read_from(root: &Path, kept: Option<&Files>, filed: bool) -> (Option<Self>, Vec<Problem>) {
        let mut reader = Reader { root, kept, filed, read: Files::new(), problems: Vec::new() };
        let site = reader.site();
        let fine = reader.problems.iter().all(|p| p.severity == Severity::Warning);
        (site.filter(|_| fine), reader.problems)
    }

    /// Where the database lies.
    #[must_use]
    pub fn database(root: &Path) -> PathBuf {
        root.join("state").join("cuofeng.db")
    }
}

struct Reader<'a> {
    root: &'a Path,
    /// What is read in the place of the folder's files.
    kept: Option<&'a Files>,
    /// Whether short messages must have been approved.
    filed: bool,
    /// What was read so far.
    read: Files,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn site(&mut self) -> Option<Site> {
        if self.is_there(RESTORING) {
            // Where it can't be looked at, that has been said.
            if self.problems.is_empty() {
                self.problems.push(Problem::file(RESTORING, msg!("site.restoring"), msg!("site.restoring_advice")));
            }
            return None;
        }
        let source = self.text(setting::FILE);
        let config = source.as_ref().and_then(|text| self.keep(Config::parse(text)));
        if let (Some(source), Some(config)) = (&source, &config) {
            self.untouched(source, config);
        }
        let rules_files = self.folder("rules", embedded::RULES, "toml");
        let sectors = self.sectors(&rules_files);
        let standards = self.standards(&rules_files);
        let profiles = self.profiles(&rules_files);
        let errors = self.errors(&rules_files);
        let rules = self.rules(&rules_files, sectors.as_ref(), profiles.value);
        let calendar = rules_files.get("workdays.toml").map_or_else(Calendar::default, |source| {
            self.keep(Calendar::parse("rules/workdays.toml", source)).unwrap_or_default()
        });
        let lang = config.as_ref().map_or(Lang::Zh, |c| c.language);
        let mut templates = self.folder("templates", embedded::TEMPLATES, "txt");
        templates.retain(|path, _| path.starts_with(&format!("{}/", lang.code())));
        let sayings = config.as_ref().map(|c| c.speech.say.clone()).unwrap_or_default();
        let texts = self.keep(Texts::compile(lang, templates)).map(|texts| texts.saying(sayings));
        let own = config.as_ref().map(|c| c.tables.clone()).unwrap_or_default();
        let roster = sectors.as_ref().and_then(|sectors| self.roster(sectors, &own));
        if let Some(texts) = &texts {
            self.templates(&rules, texts);
            self.merged(&rules, texts);
        }
        let weights = self.weights(&rules_files, config.as_ref());
        let (config, texts, roster) = (config?, texts?, roster?);
        let texts = self.filed(&config, texts, &rules, &roster)?;
        let standards = standards.needing(|pollutant| config.index_needs.contains(&profile::variable(pollutant)));
        self.feed_standards(&config, &standards);
        self.sense(&config, &rules, &roster, &standards);
        self.spoken(&config, &rules, &roster, &texts);
        let rule_texts = rules_files.into_iter().filter(|(path, _)| rules::file::is_rule_file(path)).collect();
        let (root, sectors, weights, errors) = (self.root.to_owned(), sectors?, weights?, errors?);
        let files = std::mem::take(&mut self.read);
        Some(Site {
            root,
            config,
            sectors,
            roster,
            profiles,
            errors,
            standards,
            rules,
            rule_texts,
            calendar,
            weights,
            texts,
            files,
        })
    }

    fn keep<T>(&mut self, result: Result<T, Vec<Problem>>) -> Option<T> {
        result.map_err(|problems| self.problems.extend(problems)).ok()
    }

    /// What was read of a file, or nothing and the finding.
    fn had<T>(&mut self, shown: &str, read: Result<T, FileError>) -> Option<T> {
        read.map_err(|error| self.problems.push(error.problem(shown))).ok()
    }

    /// Whether there is anything of this name; what can't be looked at is a finding, and counts as there.
    fn is_there(&mut self, shown: &str) -> bool {
        let there = self.lies_there(shown);
        self.had(shown, there).unwrap_or(true)
    }

    fn lies_there(&self, shown: &str) -> Result<bool, FileError> {
        match self.kept {
            Some(files) => Ok(files.contains_key(shown)),
            None => file::is_there(&self.root.join(shown)),
        }
    }

    /// The bytes of a file of the site, which it is read from.
    fn bytes(&mut self, shown: &str, limit: u64) -> Result<Vec<u8>, FileError> {
        let bytes = match self.kept {
            Some(files) => files.get(shown).cloned().ok_or(FileError::Absent)?,
            None => file::read(&self.root.join(shown), limit)?,
        };
        self.read.insert(shown.to_owned(), bytes.clone());
        Ok(bytes)
    }

    /// A table of the site: `NAME.csv`, or `NAME.xlsx` where there is no CSV.
    fn table(&mut self, name: &str) -> Option<(String, Vec<u8>)> {
        let (csv, xlsx) = (format!("{name}.csv"), format!("{name}.xlsx"));
        let (has_csv, has_xlsx) = (self.is_there(&csv), self.is_there(&xlsx));
        if has_csv && has_xlsx {
            let what = msg!("site.two_tables", csv = &csv, xlsx = &xlsx);
            self.problems.push(Problem::file(&xlsx, what, msg!("site.two_tables_advice")));
            return None;
        }
        let other = OTHER_TABLES.iter().map(|ending| format!("{name}.{ending}")).find(|other| self.is_there(other));
        if let Some(other) = other.filter(|_| !has_csv && !has_xlsx) {
            let what = msg!("site.other_table", csv = &csv, xlsx = &xlsx);
            self.problems.push(Problem::file(other, what, msg!("grid.save_as_advice")));
            return None;
        }
        let shown = self.name_of(name);
        let read = self.bytes(&shown, file::TABLE);
        self.had(&shown, read).map(|bytes| (shown, bytes))
    }

    /// The file of a table, as people know it.
    fn name_of(&self, table: &str) -> String {
        let xlsx = format!("{table}.xlsx");
        let is_csv = self.lies_there(&format!("{table}.csv")).unwrap_or(true);
        if !is_csv && self.lies_there(&xlsx).unwrap_or(true) { xlsx } else { format!("{table}.csv") }
    }

    fn text(&mut self, shown: &str) -> Option<String> {
        let read = self.bytes(shown, file::TEXT);
        let read = read.and_then(|bytes| String::from_utf8(bytes).map_err(|_| FileError::NotText));
        let text = self.had(shown, read)?;
        // A mark that some editors put in front of every file.
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        self.problems.extend(problem::unseen(shown, &text));
        // What can't be seen comes with words that were copied; it is left out, as it is of tables.
        let text = outside::seen(&text);
        let odd = match Path::new(shown).extension() {
            Some(ending) if ending == "toml" => problem::odd_texts(shown, &text),
            _ => problem::odd_plain(shown, &text).into_iter().collect(),
        };
        self.problems.extend(odd);
        Some(text)
    }

    /// The built-in files of a folder with the site's own laid over them. A site's `rules/` replaces all built-in
    /// rules (so that deleting one there switches it off); vocabulary, standards and templates fill up.
    fn folder(&mut self, folder: &str, builtin: &[embedded::File], ending: &str) -> BTreeMap<String, String> {
        let mut folders: Vec<&str> = builtin.iter().filter_map(|(path, _)| Some(path.split_once('/')?.0)).collect();
        folders.dedup();
        let own = self.own(folder, ending, &folders);
        let own_rules = own.keys().any(|path| rules::file::is_rule_file(path));
        let mut files: BTreeMap<String, String> = builtin
            .iter()
            .filter(|(path, _)| {
                folder != "rules" || !own_rules || !(rules::file::is_rule_file(path) || path.starts_with("tests/"))
            })
            .map(|(path, bytes)| ((*path).to_owned(), String::from_utf8_lossy(bytes).into_owned()))
            .collect();
        files.extend(own);
        files
    }

    /// The site's own files below a folder. Only where there is no such folder are there none: what can't be looked at
    /// is a finding, never a reason to go by what is built in.
    fn own(&mut self, folder: &str, ending: &str, folders: &[&str]) -> BTreeMap<String, String> {
        let (mut files, mut size) = (BTreeMap::new(), 0);
        let shown = |path: &Path| Path::new(folder).join(path).to_string_lossy().trim_end_matches('/').to_owned();
        let tree = match self.kept {
            Some(kept) => Tree { files: kept_below(kept, folder, ending), faults: Vec::new() },
            None => file::below(&self.root.join(folder), ending, folders),
        };
        self.problems.extend(tree.faults.into_iter().map(|(path, error)| error.problem(shown(&path))));
        for path in tree.files {
            let Some(text) = self.text(&shown(&path)) else { continue };
            size += text.len();
            if size > LARGEST_FOLDER {
                self.problems.push(FileError::Large(LARGEST_FOLDER as u64 >> 20).problem(folder));
                break;
            }
            files.insert(path.to_string_lossy().into_owned(), text);
        }
        files
    }

    fn sectors(&mut self, files: &BTreeMap<String, String>) -> Option<Sectors> {
        let source = files.get("mir.toml").map_or("", String::as_str);
        let mir = match Mir::parse(source) {
            Ok(mir) => mir,
            Err(MirError::Toml(error)) => {
                self.problems.push(problem::of_toml("rules/mir.toml", &source.into(), &error));
                return None;
            }
            Err(error) => {
                let what = msg!("site.mir", error = error.message());
                self.problems.push(Problem::file("rules/mir.toml", what, msg!("site.mir_advice")));
                return None;
            }
        };
        let source = files.get("sectors.toml")?;
        self.keep(Sectors::parse("rules/sectors.toml", source, mir))
    }

    fn standards(&mut self, files: &BTreeMap<String, String>) -> Standards {
        let mut standards = Standards::default();
        for (path, source) in files.iter().filter(|(path, _)| path.starts_with("standards/")) {
            match Standard::parse(source) {
                Ok(standard) => standards.0.push(standard),
                Err(StandardError::Toml(error)) => {
                    let (file, text) = (format!("rules/{path}"), source.as_str().into());
                    self.problems.push(problem::of_toml(&file, &text, &error));
                }
                Err(error) => {
                    let what = msg!("site.standard", error = error.message());
                    self.problems.push(Problem::file(format!("rules/{path}"), what, msg!("config.toml_advice")));
                }
            }
        }
        standards
    }

    /// A feed's index counts only through a standard that is there: a name that none has would lose it unseen.
    fn feed_standards(&mut self, config: &Config, standards: &Standards) {
        for feed in &config.feeds {
            let named = match &feed.source {
                Source::QWeather { standard, .. } => Some(standard),
                Source::Bulletin { standard, .. } => standard.as_ref(),
                _ => None,
            };
            if let Some(id) = named.filter(|id| standards.by_id(id).is_none()) {
                let known = standards.0.iter().map(|s| s.id.as_str()).collect::<Vec<_>>().join(", ");
                let what = msg!("site.feed_standard", feed = &feed.name, value = id);
                let advice = msg!("config.feed_kind_advice", known = known);
                self.problems.push(Problem::file(setting::FILE, what, advice));
            }
        }
    }

    fn profiles(&mut self, files: &BTreeMap<String, String>) -> Profiles {
        let source = files.get("profiles.toml").map_or("", String::as_str);
        let file = "rules/profiles.toml";
        let problem = match Profiles::parse(source) {
            Ok(profiles) => return profiles,
            Err(ProfileError::Toml(error)) => problem::of_toml(file, &source.into(), &error),
            Err(error) => {
                let what = msg!("site.profiles", error = error.message());
                Problem::file(file, what, msg!("site.profiles_advice"))
            }
        };
        self.problems.push(problem);
        Profiles::default()
    }

    fn errors(&mut self, files: &BTreeMap<String, String>) -> Option<Errors> {
        let source = files.get("errors.toml").map_or("", String::as_str);
        let problem = match Errors::parse(source) {
            Ok(errors) => return Some(errors),
            Err(ErrorsError::Toml(error)) => problem::of_toml("rules/errors.toml", &source.into(), &error),
            Err(error) => {
                let what = msg!("site.errors", error = error.to_string());
                Problem::file("rules/errors.toml", what, msg!("site.errors_advice"))
            }
        };
        self.problems.push(problem);
        None
    }

    /// The weights; of the set that the site file names, where it names one.
    fn weights(&mut self, files: &BTreeMap<String, String>, config: Option<&Config>) -> Option<Weights> {
        let source = files.get("weights.toml").map_or("", String::as_str);
        let mut weights = match Weights::parse(source) {
            Ok(weights) => weights,
            Err(WeightsError::Toml(error)) => {
                self.problems.push(problem::of_toml("rules/weights.toml", &source.into(), &error));
                return None;
            }
            Err(error) => {
                let what = msg!("site.weights", error = error.message());
                self.problems.push(Problem::file("rules/weights.toml", what, msg!("site.weights_advice")));
                return None;
            }
        };
        if let Some(set) = config.and_then(|c| c.planning.weights.as_ref()) {
            if weights.set(set).is_none() {
                let what = msg!("site.weights_set", set = set);
                self.problems.push(Problem::file(setting::FILE, what, msg!("site.weights_set_advice")));
            }
            weights.set.clone_from(set);
        }
        Some(weights)
    }

    fn rules(&mut self, files: &BTreeMap<String, String>, sectors: Option<&Sectors>, range: Take) -> Vec<Rule> {
        let mut all: Vec<Rule> = Vec::new();
        for (path, source) in files.iter().filter(|(path, _)| rules::file::is_rule_file(path)) {
            let file = format!("rules/{path}");
            let found = self.keep(rules::file::parse(&file, source, range)).unwrap_or_default();
            if all.len() + found.len() > MOST_RULES {
                let what = msg!("rules.most", limit = MOST_RULES);
                self.problems.push(Problem::file(file, what, msg!("rules.most_advice")));
                break;
            }
            for mut rule in found {
                if let Some(twin) = all.iter().find(|r| r.id == rule.id) {
                    let what = msg!("config.twice", value = format!("{} ({})", rule.id, twin.file));
                    self.problems.push(rule.problem(rule.place.clone(), what, msg!("config.twice_advice")));
                }
                if Trouble::is_kind(&rule.kind) || rules::relay::is_kind(&rule.kind) {
                    let what = msg!("rules.kind_taken", kind = &rule.kind);
                    let place = rule.word(&rule.kind, rule.place.end);
                    self.problems.push(rule.problem(place, what, msg!("rules.kind_taken_advice")));
                }
                if let Some(sectors) = sectors {
                    self.keep(rules::vocabulary::settle(&mut rule, sectors));
                }
                all.push(rule);
            }
        }
        all
    }

    fn roster(&mut self, sectors: &Sectors, own: &Own) -> Option<Roster> {
        let names = ["enterprises", "processes", "villages", "staff"];
        let [enterprises, processes, villages, staff] = names.map(|name| self.table(name));
        let (enterprises, processes, villages, staff) = (enterprises?, processes?, villages?, staff?);
        // Both are there only where a site keeps them.
        let endings = || ["csv", "xlsx"].into_iter().chain(OTHER_TABLES);
        let mut kept = |name: &str| endings().any(|e| self.is_there(&format!("{name}.{e}")));
        let (dated, copied) = (kept("duty"), kept("departments"));
        let duty = if dated { Some(self.table("duty")?) } else { None };
        let departments = if copied { Some(self.table("departments")?) } else { None };
        let people = (table(&staff), duty.as_ref().map(table), departments.as_ref().map(table));
        let (roster, problems) =
            Roster::read(table(&enterprises), table(&processes), table(&villages), people, (sectors, own));
        self.problems.extend(problems);
        roster
    }

    /// What is readable and yet probably not meant.
    fn sense(&mut self, config: &Config, rules: &[Rule], roster: &Roster, standards: &Standards) {
        let (staff, enterprises) = (self.name_of("staff"), self.name_of("enterprises"));
        let mut warn = |file: &str, what, advice| self.problems.push(Problem::file(file, what, advice).as_warning());
        if config.feeds.is_empty() {
            warn(setting::FILE, msg!("site.no_feed"), msg!("site.no_feed_advice"));
        }
        let words = |needed: bool| {
            let some = Variable::AIR.into_iter().filter(|v| config.index_needs.contains(v) == needed);
            some.map(|v| v.words(config.language)).collect::<Vec<_>>().join(config.language.comma())
        };
        if config.index_needs.len() < Variable::AIR.len() {
            let what = msg!("site.index_needs", needs = words(true), left = words(false));
            warn(setting::FILE, what, msg!("site.index_needs_advice"));
        }
        let handed_over = config.speaker_file.as_ref().map(|drop| Path::new(&drop.folder));
        if config.access == Access::Own && handed_over.is_some_and(|folder| folder.starts_with(&config.folder)) {
            warn(
                setting::FILE,
                msg!("site.drop_inside", folder = &config.folder),
                msg!("site.drop_inside_advice", folder = &config.folder),
            );
        }
        let shift = roster.any_shift();
        if roster.staff.iter().all(|m| !shift.has(m)) {
            warn(&staff, msg!("site.no_duty"), msg!("site.no_duty_advice"));
        }
        for enterprise in &roster.enterprises {
            let contacts = [Some(&enterprise.contact), enterprise.backup.as_ref()];
            if contacts.into_iter().flatten().all(|c| c.mobile.is_none() && c.email.is_none()) {
                let what = msg!("site.no_contact", name = &enterprise.name, id = &enterprise.id);
                warn(&enterprises, what, msg!("site.no_contact_advice"));
            }
        }
        self.problems.extend(rules::check::check(rules, standards));
        for rule in rules {
            for tell in rule.tell.iter().filter(|t| notice::select(t, roster, &shift, &|_| false).is_empty()) {
                let audience = sample::recipient(tell).audience;
                let what = msg!("site.nobody", rule = &rule.name, audience = audience.message());
                let place = rule.word("[[rule.tell]]", tell.place);
                self.problems.push(rule.problem(place, what, msg!("site.nobody_advice")).as_warning());
            }
        }
    }
}

/// The kept files below a folder whose names end with `.ending`, by their path below it.
fn kept_below(kept: &Files, folder: &str, ending: &str) -> Vec<PathBuf> {
    let below = kept.keys().filter_map(|path| Path::new(path).strip_prefix(folder).ok());
    below.filter(|path| path.extension().is_some_and(|e| e == ending)).map(Path::to_owned).collect()
}

/// A table's file name and bytes.
fn table((name, bytes): &(String, Vec<u8>)) -> (&str, &[u8]) {
    (name, bytes)
}

/// The rules of a set of files by their path below `rules/`, in the words of the site's vocabulary.
///
/// # Errors
/// Every problem of every file.
pub fn rules_of(texts: &BTreeMap<String, String>, site: &Site) -> Result<Vec<Rule>, Vec<Problem>> {
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    for (path, source) in texts {
        match rules::file::parse(&format!("rules/{path}"), source, site.profiles.value) {
            Ok(found) => rules.extend(found),
            Err(found) => problems.extend(found),
        }
    }
    for rule in &mut rules {
        // A set that was accepted once stays in force, also where the vocabulary has lost a word since: it names nobody.
        let _ = rules::vocabulary::settle(rule, &site.sectors);
    }
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

/// The rule files of a folder, in order.
///
/// # Errors
/// The folder can't be listed.
pub fn rule_files(folder: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut files = file::listed(folder)?;
    files.retain(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(rules::file::is_rule_file));
    Ok(files)
}

/// The cases of a site's rules by file: its own, or those built in where it has no rules of its own.
///
/// # Errors
/// What of them can't be read.
pub fn case_texts(root: &Path) -> Result<BTreeMap<String, String>, Vec<Problem>> {
    let mut reader = Reader { root, kept: None, filed: false, read: Files::new(), problems: Vec::new() };
    let files = reader.folder("rules", embedded::RULES, "toml");
    if !reader.problems.is_empty() {
        return Err(reader.problems);
    }
    let cases = files.into_iter().filter(|(path, _)| path.starts_with("tests/"));
    Ok(cases.map(|(path, text)| (format!("rules/{path}"), text)).collect())
}

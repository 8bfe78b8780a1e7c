//! `cuofeng rules fmt` and `rules test`: rule files and the cases beside them.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::finish;
use crate::cli::{Call, refused, say};
use cuofeng_app::AppError;
use cuofeng_base::file::{self, FileError};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::time::Period;
use cuofeng_office::site::{self, Site};
use cuofeng_replay::story::{self, Story};
use cuofeng_rules::case::{self, Case, Miss};
use cuofeng_rules::format;

/// The site's own rule files, or those named.
fn rule_files(root: &Path, named: &[PathBuf]) -> Result<Vec<PathBuf>, Problem> {
    let rules = root.join("rules");
    let unread = |error: FileError| error.problem(rules.display().to_string());
    if !named.is_empty() || !file::is_there(&rules).map_err(unread)? {
        return Ok(named.to_vec());
    }
    site::rule_files(&rules).map_err(unread)
}

/// Lays rule files out; with `check` only names those that would change (exit code 1).
pub(super) fn format(call: &Call, named: &[PathBuf], check: bool) -> anyhow::Result<ExitCode> {
    let (mut changed, mut problems) = (Vec::new(), Vec::new());
    let files = rule_files(&call.site(), named).unwrap_or_else(|problem| {
        problems.push(problem);
        Vec::new()
    });
    for path in files {
        let shown = path.display().to_string();
        let source = match file::text(&path, file::TEXT) {
            Ok(source) => source,
            Err(error) => {
                problems.push(error.problem(shown));
                continue;
            }
        };
        match format::file(&source) {
            Ok(neat) if neat != source => {
                if !check {
                    let fresh = path.with_extension("toml.new");
                    std::fs::write(&fresh, &neat)?;
                    std::fs::rename(&fresh, &path)?;
                }
                changed.push(shown);
            }
            Ok(_) => {}
            Err(error) => problems.push(cuofeng_base::problem::of_toml(&shown, &source.as_str().into(), &error)),
        }
    }
    if call.json {
        let problems: Vec<_> = problems.iter().map(|p| p.json(call.lang)).collect();
        say(&json!({"schema": "cuofeng.rules.fmt/1", "changed": changed, "problems": problems}).to_string());
    } else {
        for problem in &problems {
            say(&problem.render(call.lang));
        }
        for file in &changed {
            call.tell(&if check { msg!("fmt.would", file = file) } else { msg!("fmt.done", file = file) });
        }
        if changed.is_empty() && problems.is_empty() {
            call.tell(&msg!("fmt.nothing"));
        }
    }
    let wrong = !problems.is_empty() || check && !changed.is_empty();
    Ok(if wrong { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// What the files beside the rules say must come of them.
pub(super) struct Expected {
    pub(super) cases: Vec<Case>,
    pub(super) stories: Vec<Story>,
}

/// The cases and stories of the files named, else of `rules/tests/`, else of those built in.
pub(super) fn cases(root: &Path, named: &[PathBuf]) -> Result<Expected, Vec<Problem>> {
    let mut texts: Vec<(String, String)> = Vec::new();
    let mut problems = Vec::new();
    if named.is_empty() {
        texts.extend(site::case_texts(root)?);
    }
    for path in named {
        match file::text(path, file::TEXT) {
            Ok(text) => texts.push((path.display().to_string(), text)),
            Err(error) => problems.push(error.problem(path.display().to_string())),
        }
    }
    let (mut cases, mut stories) = (Vec::new(), Vec::new());
    for (file, text) in &texts {
        match case::parse(file, text) {
            Ok(found) => cases.extend(found),
            Err(found) => problems.extend(found),
        }
        // What is no TOML at all has been told already.
        match story::parse(file, text) {
            Ok(found) => stories.extend(found),
            Err(found) => problems.extend(found.into_iter().filter(|new| !problems.contains(new)).collect::<Vec<_>>()),
        }
    }
    if problems.is_empty() { Ok(Expected { cases, stories }) } else { Err(problems) }
}

/// Runs cases; exit code 1 where a verdict is another than the one expected.
pub(super) fn test(call: &Call, named: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let root = call.site();
    let (site, problems) = Site::read(&root);
    let site = site.ok_or(AppError::Site(problems))?;
    let expected = match cases(&root, named) {
        Ok(found) => found,
        Err(problems) => return Ok(finish(call, &problems)),
    };
    let Tried { count, failed, results } = tried(call, &site, &expected);
    if count == 0 {
        return Ok(refused(call, &msg!("case.none")));
    }
    if call.json {
        say(&json!({"schema": "cuofeng.rules.test/1", "cases": count, "failed": failed, "results": results})
            .to_string());
    }
    Ok(if failed > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

/// How cases went.
pub(super) struct Tried {
    pub(super) count: usize,
    pub(super) failed: usize,
    pub(super) results: Vec<Value>,
}

/// Tries a site's rules on cases and stories, and prints what came of each where people read it.
pub(super) fn tried(call: &Call, site: &Site, Expected { cases, stories }: &Expected) -> Tried {
    let results = cases.iter().map(|case| run_case(call, site, case));
    let results: Vec<(bool, Vec<Value>)> =
        results.chain(stories.iter().map(|story| run_story(call, site, story))).collect();
    let failed = results.iter().filter(|(passed, _)| !passed).count();
    let count = results.len();
    if !call.json && count > 0 {
        call.tell(&msg!("case.count", passed = count - failed, failed = failed));
    }
    Tried { count, failed, results: results.into_iter().flat_map(|(_, values)| values).collect() }
}

/// Runs a case and prints what came of it; gives whether it passed, and its results.
fn run_case(call: &Call, site: &Site, case: &Case) -> (bool, Vec<Value>) {
    match case.run(&site.rules, &site.config.zone, &site.standards, call.lang) {
        Ok(misses) if misses.is_empty() => {
            if !call.json {
                call.tell(&msg!("case.passed", case = &case.name));
            }
            (true, vec![json!({"case": case.name, "rule": case.rule, "passed": true})])
        }
        Ok(misses) => {
            let result = |miss: &Miss| {
                let end = miss.hour + i64::try_from(miss.hours).unwrap_or(0);
                let period = Period::new(miss.hour.start(), end.start());
                let start = period.map(|p| site.config.zone.rfc3339(p.start));
                json!({"case": case.name, "rule": case.rule, "passed": false, "level": miss.level, "start": start,
                       "hours": miss.hours, "why": miss.why, "problem": miss.problem.json(call.lang)})
            };
            for miss in misses.iter().filter(|_| !call.json) {
                say(&miss.problem.render(call.lang));
                for why in &miss.why {
                    say(&format!("    {why}"));
                }
                say("");
            }
            (false, misses.iter().map(result).collect())
        }
        Err(problem) => {
            if !call.json {
                say(&problem.render(call.lang));
            }
            let problem = problem.json(call.lang);
            (false, vec![json!({"case": case.name, "rule": case.rule, "passed": false, "problem": problem})])
        }
    }
}

/// Plays a story and prints what came of it; gives whether it passed, and its result.
fn run_story(call: &Call, site: &Site, story: &Story) -> (bool, Vec<Value>) {
    let problem = match story.play(&site.rules, &site.config.zone, &site.standards, call.lang) {
        Ok(None) => None,
        Ok(Some(problem)) | Err(problem) => Some(problem),
    };
    match &problem {
        _ if call.json => {}
        Some(problem) => say(&problem.render(call.lang)),
        None => call.tell(&msg!("case.passed", case = &story.name)),
    }
    let (passed, told) = (problem.is_none(), problem.map(|problem| problem.json(call.lang)));
    (passed, vec![json!({"story": story.name, "rule": story.rule, "passed": passed, "problem": told})])
}

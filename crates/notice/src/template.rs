//! Templates: compiled once, and what each writes.
//!
//! In: sources by their path below `templates/`; the names that one is given. Out: its words, and a digest of what it
//! says. Can't happen: an undefined name or an empty fact that renders as nothing (strict mode); a render without end, or one that writes
//! without end (fuel, and a longest text); one that panics and takes more than its own words with it; an error without
//! its file and line.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, Value};
use sha2::Digest;

use super::filed::fitting;
use cuofeng_base::caught::caught;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::hex;

/// Longest text that a template may write, in bytes: a mail of two hundred pages. What loops say more than that nobody reads.
const LONGEST: usize = 1 << 20;

/// Marks the fault of a template that prints a fact of which nothing is known.
const EMPTY: &str = "empty";

/// All templates, in one environment.
#[derive(Debug)]
pub(super) struct Templates {
    environment: Environment<'static>,
    sources: BTreeMap<String, Arc<str>>,
}

impl Templates {
    /// Compiles them; `sources` maps paths below `templates/` to text.
    ///
    /// # Errors
    /// Every one that does not compile.
    pub(super) fn compile(sources: BTreeMap<String, String>) -> Result<Self, Vec<Problem>> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            environment.set_syntax(syntax);
        }
        environment.set_fuel(Some(200_000));
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        environment.add_filter("fitting", |text: &str| fitting(text));
        environment.set_formatter(|out, state, value| {
            if value.as_str().is_some_and(str::is_empty) {
                return Err(minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, EMPTY));
            }
            minijinja::escape_formatter(out, state, value)
        });
        let sources: BTreeMap<String, Arc<str>> = sources.into_iter().map(|(p, s)| (p, Arc::from(s))).collect();
        let mut problems = Vec::new();
        for (path, source) in &sources {
            if let Err(error) = environment.add_template_owned(path.clone(), source.to_string()) {
                problems.push(problem(path, source, &error));
            }
        }
        if problems.is_empty() { Ok(Self { environment, sources }) } else { Err(problems) }
    }

    /// Whether there is one.
    pub(super) fn has(&self, path: &str) -> bool {
        self.sources.contains_key(path)
    }

    /// Every path, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.sources.keys().map(String::as_str)
    }

    /// What a template writes with such data.
    ///
    /// # Errors
    /// There is no such template, or its problem at its line.
    pub(super) fn one(&self, path: &str, data: &Value) -> Result<String, Problem> {
        let Some(source) = self.sources.get(path) else {
            let file = format!("templates/{path}");
            return Err(Problem::file(file, msg!("template.missing"), msg!("template.missing_advice")));
        };
        let template = self.environment.get_template(path).map_err(|error| problem(path, source, &error))?;
        let mut page = Page(Vec::new());
        // A render that panics is a template's problem like any other: whoever else is told still is.
        let rendered = caught(|| template.render_captured_to(data, &mut page).map(|_| ()));
        match rendered.map_err(|words| broken(path, &words))? {
            Err(error) if error.kind() == minijinja::ErrorKind::WriteFailure => {
                let what = msg!("template.endless", limit = LONGEST >> 10);
                Err(Problem::file(format!("templates/{path}"), what, msg!("template.endless_advice")))
            }
            Err(error) => Err(problem(path, source, &error)),
            Ok(()) => Ok(String::from_utf8_lossy(&page.0).into_owned()),
        }
    }

    /// A template's path, and a digest of what it says. A template that draws on others counts with all of them.
    pub(super) fn digest(&self, path: String) -> Option<(String, String)> {
        let source = self.sources.get(&path)?;
        let mut sum = sha2::Sha256::new_with_prefix(source.as_bytes());
        if ["include", "import", "extends"].iter().any(|word| source.contains(word)) {
            let named = |other: &str| source.contains(&format!("\"{other}\""));
            // Which ones a name that is worked out means can't be told: all of them count.
            let literal = self.sources.keys().any(|other| named(other));
            let drawn = self.sources.iter().filter(|(other, _)| !literal || named(other));
            drawn.for_each(|(path, source)| sum.update(format!("\0{path}\0{source}")));
        }
        Some((path, hex(&sum.finalize())))
    }
}

/// What a template writes, up to the longest text there is.
struct Page(Vec<u8>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > LONGEST {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A render that ended by itself.
fn broken(path: &str, words: &str) -> Problem {
    let what = msg!("template.error", error = words);
    Problem::file(format!("templates/{path}"), what, msg!("template.error_advice"))
}

fn problem(path: &str, source: &Arc<str>, error: &minijinja::Error) -> Problem {
    let range = error.range().unwrap_or_else(|| {
        let line = error.line().unwrap_or(1);
        let start = source.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let length = source.get(start..).and_then(|rest| rest.lines().next()).map_or(0, str::len);
        start..start + length
    });
    let detail = error.detail().map_or_else(|| error.kind().to_string(), |d| format!("{}: {d}", error.kind()));
    // Of an included template the fault stands behind the one of the inclusion.
    let inner = std::error::Error::source(error).and_then(|inner| inner.downcast_ref::<minijinja::Error>());
    let is_empty = [Some(error), inner].into_iter().flatten().any(|error| error.detail() == Some(EMPTY));
    let (what, advice) = if is_empty {
        (msg!("template.empty"), msg!("template.empty_advice"))
    } else {
        (msg!("template.error", error = detail), msg!("template.error_advice"))
    };
    Problem::span(format!("templates/{path}"), source, range, what, advice)
}

//! What of a site file is still as `init` wrote it.
//!
//! In: the site file. Out: a warning for every value that stands for one of the office's own, at its place. Can't happen:
//! a value called untouched that `init` does not write (it is compared with what `init` writes).

use std::sync::Arc;

use super::Reader;
use crate::config::Config;
use crate::embedded;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::setting;

/// The catalogue keys of warnings that are errors of a site at work: what its recipients would read is nobody's.
pub const KEYS: [&str; 2] = ["site.untouched", "roster.example"];

impl Reader<'_> {
    /// Who speaks, whom to call, where, and where the data come from.
    pub(super) fn untouched(&mut self, source: &str, config: &Config) {
        let text: Arc<str> = source.into();
        for value in values(config).into_iter().filter(|value| written().contains(value)) {
            let what = msg!("site.untouched", value = &value);
            let advice = msg!("site.untouched_advice");
            let quoted = format!("\"{value}\"");
            let problem = match text.find(&quoted) {
                Some(at) => Problem::span(setting::FILE, &text, at..at + quoted.len(), what, advice),
                None => Problem::file(setting::FILE, what, advice),
            };
            self.problems.push(problem.as_warning());
        }
    }
}

/// The values of a site file that recipients read.
fn values(config: &Config) -> Vec<String> {
    let regions = config.regions.iter().map(|region| region.name.clone());
    let labels = config.feeds.iter().map(|feed| feed.label.clone());
    [config.name.clone(), config.phone.clone()].into_iter().chain(regions).chain(labels).collect()
}

/// The same as `init` writes them.
fn written() -> Vec<String> {
    let file = embedded::NEW.iter().find(|(path, _)| *path == setting::FILE);
    let source = file.map_or_else(String::new, |(_, bytes)| String::from_utf8_lossy(bytes).into_owned());
    Config::parse(&source).map(|config| values(&config)).unwrap_or_default()
}

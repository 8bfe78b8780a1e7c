//! What was found wrong with rules.

use std::process::ExitCode;

use crate::cli::{Call, print_problems};
use cuofeng_base::problem::{Problem, Severity};

/// The findings about rules and the templates that they name.
pub(super) fn of_rules(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.retain(|p| p.file.starts_with("rules/") || p.file.starts_with("templates/"));
    problems
}

/// Prints problems; exit code 1 where one of them is an error.
pub(super) fn finish(call: &Call, problems: &[Problem]) -> ExitCode {
    print_problems(call, problems);
    if problems.iter().any(|p| p.severity == Severity::Error) { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

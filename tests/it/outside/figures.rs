//! The figures that rule files quote.

use std::path::Path;
use std::process::Command;

use super::shared;
use crate::office::{cuofeng, text};

#[test]
#[ignore = "needs ../shared"]
fn the_figures_that_rule_files_quote_are_those_of_four_years_today() {
    assert!(shared("data/uci-beijing-prsa").is_dir(), "four years of six stations");
    let program = cuofeng().get_program().to_owned();
    let script = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/figures"))
        .env("CUOFENG_PROGRAM", program)
        .output();
    let output = script.expect("the script");
    assert!(output.status.success(), "{}", text(&output));
}

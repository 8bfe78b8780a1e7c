//! Changes to rule files that are not in force yet.
//!
//! In: the files, the set in force, the set that waits for a second person. Out: which files differ, and what is to be
//! done. Can't happen: an edit that somebody believes in force and that is not, without a word of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::AppError;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Message;
use cuofeng_base::time::Zone;
use cuofeng_office::site::Site;
use cuofeng_store::Store;
use cuofeng_store::rule_sets::{self, RuleSet};

/// A rule file that says something else than the rules in force, and what is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Its path in the site.
    pub file: String,
    /// What became of it so far.
    pub what: Message,
    /// What is to be done.
    pub advice: Message,
}

/// The rule files that are not what is in force.
pub async fn pending(site: &Site, store: &Store) -> Result<Vec<Edit>, AppError> {
    let (in_force, proposed) = (store.rules_in_force().await?, store.rules_proposed().await?);
    Ok(edits(site, in_force.as_ref(), proposed.as_ref(), &site.config.zone))
}

/// The files whose texts differ.
fn differing<'a>(a: &'a BTreeMap<String, String>, b: &'a BTreeMap<String, String>) -> BTreeSet<&'a str> {
    let paths = a.keys().chain(b.keys());
    paths.filter(|path| a.get(*path) != b.get(*path)).map(String::as_str).collect()
}

fn edits(site: &Site, in_force: Option<&RuleSet>, proposed: Option<&RuleSet>, zone: &Zone) -> Vec<Edit> {
    let Some(in_force) = in_force else { return Vec::new() };
    let files = &site.rule_texts;
    let edit = |path: &str| {
        let file = format!("rules/{path}");
        match proposed.filter(|set| set.texts.get(path) == files.get(path)) {
            Some(set) => Edit {
                file,
                what: msg!("sets.waits", by = &set.proposed_by, at = zone.words(set.proposed_at, site.config.language)),
                advice: msg!("sets.waits_advice"),
            },
            None => Edit { file, what: msg!("sets.edited"), advice: msg!("sets.edited_advice") },
        }
    };
    differing(&in_force.texts, files).into_iter().map(edit).collect()
}

/// The same as findings, of a site that nobody works on for that: its database is looked at, and left as it is.
pub async fn findings(root: &Path, site: &Site) -> Vec<Problem> {
    // A database that is not there, or that can't be looked at, is `once`'s and `run`'s to speak of.
    let Ok(Some((in_force, proposed))) = rule_sets::look(&Site::database(root)).await else { return Vec::new() };
    let edits = edits(site, in_force.as_ref(), proposed.as_ref(), &site.config.zone);
    edits.into_iter().map(|edit| Problem::file(edit.file, edit.what, edit.advice).as_warning()).collect()
}

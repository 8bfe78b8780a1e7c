//! The table of what was told to whom.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use comfy_table::{ContentArrangement, Table, presets};

use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};
use cuofeng_base::time::Zone;
use cuofeng_base::word::{ChannelName, Form};
use cuofeng_notice::Purpose;
use cuofeng_notice::alarm::Trouble;
use cuofeng_outbox::{State, Tally};
use cuofeng_rules::Rule;

/// A revision of an episode: what became of its letters, by form; `hand` is what a person passes on.
struct Row<'a> {
    first: &'a Tally,
    /// Letters by form and state, reminders left out.
    letters: BTreeMap<(&'static str, &'static str), i64>,
    reminders: i64,
}

/// The columns of letters: the forms, and what a person passes on.
const COLUMNS: [&str; 4] = ["email", "sms", "speech", "hand"];

/// A table with these heads and no rows, as wide as its words.
pub fn of<const COLUMNS: usize>(heads: [Message; COLUMNS], lang: Lang) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heads.map(|head| head.text(lang)));
    table
}

/// One row a revision of an episode, its letters by form in columns, with the reminders about it.
pub fn tallies(rows: &[Tally], rules: &[Rule], zone: &Zone, lang: Lang) -> String {
    let head = [
        msg!("table.head_when"),
        msg!("table.head_what"),
        Form::Email.message(),
        Form::Sms.message(),
        Form::Speech.message(),
        ChannelName::ByHand.message(),
        msg!("table.head_reminders"),
    ];
    let mut table = of(head, lang);
    for row in revisions(rows) {
        let rule = rules.iter().find(|r| r.id == row.first.rule).map(|r| r.name.clone());
        let trouble = || Trouble::named(&row.first.rule).map(|t| t.title().text(lang));
        let rule = rule.or_else(trouble).unwrap_or_else(|| row.first.rule.clone());
        let made = DateTime::<Utc>::from_timestamp(row.first.made_at, 0).unwrap_or_default();
        // What nobody passed on is over, and nothing is taken back.
        let missed = row.first.rule == Trouble::Hand.kind() && row.first.purpose.ends();
        let purpose = if missed { msg!("table.not_passed_on") } else { row.first.purpose.message() };
        let what = msg!("table.what", rule = rule, revision = row.first.revision, purpose = purpose);
        let reminders = if row.reminders > 0 { row.reminders.to_string() } else { String::new() };
        let cells = COLUMNS.map(|column| stands(&row.letters, column, lang));
        table.add_row([vec![zone.words(made, lang), what.text(lang)], cells.to_vec(), vec![reminders]].concat());
    }
    table.to_string()
}

/// How the letters of a column stand: their number where all were delivered, else each state with its own.
fn stands(letters: &BTreeMap<(&'static str, &'static str), i64>, column: &str, lang: Lang) -> String {
    let of = |state: State| letters.iter().filter(move |((c, s), _)| *c == column && *s == state.word());
    let counted = State::ALL.into_iter().map(|state| (state, of(state).map(|(_, count)| *count).sum::<i64>()));
    let words = counted.filter(|(_, count)| *count > 0).map(|(state, count)| match state {
        State::Delivered => count.to_string(),
        other => format!("{} {count}", other.message().text(lang)),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// The letters by the revision that they are of; a reminder is of the latest one before it.
fn revisions(rows: &[Tally]) -> Vec<Row<'_>> {
    let mut all: Vec<Row<'_>> = Vec::new();
    for tally in rows {
        let same = |row: &&mut Row<'_>| row.first.rule == tally.rule && row.first.revision == tally.revision;
        let reminds = tally.purpose == Purpose::Reminder;
        let own = all.iter_mut().rev().find(same).filter(|row| reminds || row.first.made_at == tally.made_at);
        let row = if let Some(row) = own {
            row
        } else {
            all.push(Row { first: tally, letters: BTreeMap::new(), reminders: 0 });
            let Some(row) = all.last_mut() else { continue };
            row
        };
        if reminds {
            row.reminders += tally.count;
            continue;
        }
        let column = if tally.channel == ChannelName::ByHand { "hand" } else { tally.form.name() };
        *row.letters.entry((column, tally.state.word())).or_default() += tally.count;
    }
    all
}

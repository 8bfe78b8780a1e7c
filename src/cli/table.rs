//! The table of what was told to whom.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use comfy_table::{ContentArrangement, Table, presets};

use crate::msg;
use crate::notice::alarm::Trouble;
use crate::outbox::{State, Tally};
use crate::rules::Rule;
use crate::text::Lang;
use crate::time::Zone;

/// What makes a row: when, rule, revision, class of recipients, form and channel.
type Key<'a> = (i64, &'a str, i64, &'static str, &'static str, &'static str);

/// One row a notice, class of recipients, form and channel.
pub fn tallies(rows: &[Tally], rules: &[Rule], zone: &Zone, lang: Lang) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    let head = [
        msg!("table.head_when"),
        msg!("table.head_what"),
        msg!("table.head_who"),
        msg!("table.head_form"),
        msg!("table.head_channel"),
        msg!("table.head_state"),
    ];
    table.set_header(head.map(|column| column.text(lang)));
    let mut order: Vec<Key<'_>> = Vec::new();
    let mut groups: BTreeMap<Key<'_>, Vec<&Tally>> = BTreeMap::new();
    for row in rows {
        let key =
            (row.made_at, row.rule.as_str(), row.revision, row.audience.word(), row.form.name(), row.channel.name());
        if !groups.contains_key(&key) {
            order.push(key);
        }
        groups.entry(key).or_default().push(row);
    }
    for key in order {
        let Some(group) = groups.get(&key) else { continue };
        let Some(first) = group.first() else { continue };
        let count: i64 = group.iter().map(|t| t.count).sum();
        let rule = rules.iter().find(|r| r.id == first.rule).map(|r| r.name.clone());
        let trouble = || Trouble::named(&first.rule).map(|t| t.title().text(lang));
        let rule = rule.or_else(trouble).unwrap_or_else(|| first.rule.clone());
        let made = DateTime::<Utc>::from_timestamp(first.made_at, 0).unwrap_or_default();
        let states: Vec<String> = State::ALL
            .into_iter()
            .filter_map(|state| {
                let count: i64 = group.iter().filter(|t| t.state == state).map(|t| t.count).sum();
                (count > 0).then(|| format!("{} {count}", state.message_by(first.channel).text(lang)))
            })
            .collect();
        let (audience, name) = (first.audience.message(), &first.first_name);
        let who = if count == 1 {
            msg!("table.who_one", audience = audience, name = name)
        } else {
            msg!("table.who", audience = audience, count = count, first = name)
        };
        table.add_row([
            zone.words(made, lang),
            msg!("table.what", rule = rule, revision = first.revision, purpose = first.purpose.message()).text(lang),
            who.text(lang),
            first.form.message().text(lang),
            first.channel.message().text(lang),
            states.join(" "),
        ]);
    }
    table.to_string()
}

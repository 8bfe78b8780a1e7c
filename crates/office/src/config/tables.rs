//! What a site calls the columns of its tables: `[tables.enterprises] columns = { "厂名" = "name" }`.
//!
//! In: headers and columns as written. Out: an [`Own`]. Can't happen: a column that the table does not have.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use cuofeng_base::msg;
use cuofeng_base::problem::nearest;
use cuofeng_base::setting::SiteText;
use cuofeng_town::roster::{Column, Own, Table};

/// The tables as written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct TablesSection {
    enterprises: TableSection,
    processes: TableSection,
    villages: TableSection,
    staff: TableSection,
    duty: TableSection,
    departments: TableSection,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct TableSection {
    columns: BTreeMap<String, Spanned<String>>,
}

/// Headers with the columns that they are; an empty column is one to pass over.
pub(super) fn read(site: &mut SiteText, section: TablesSection) -> Own {
    let TablesSection { enterprises, processes, villages, staff, duty, departments } = section;
    let mut own = Own::default();
    for (table, section) in [
        (Table::Enterprises, enterprises),
        (Table::Processes, processes),
        (Table::Villages, villages),
        (Table::Staff, staff),
        (Table::Duty, duty),
        (Table::Departments, departments),
    ] {
        for (head, name) in section.columns {
            let column = table.named(name.get_ref());
            if column.is_none() && !name.get_ref().is_empty() {
                let names = || table.columns().iter().flat_map(Column::names);
                let known = nearest(name.get_ref(), names()).map_or_else(
                    || table.columns().iter().map(|column| column.name.to_owned()).collect(),
                    |meant| vec![meant.to_owned()],
                );
                let what = msg!("config.table_column", value = name.get_ref(), table = table.name());
                site.problem(name.span(), what, msg!("config.table_column_advice", known = known));
                continue;
            }
            own.add(table, &head, column);
        }
    }
    own
}

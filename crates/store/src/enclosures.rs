//! Files that go with notices' mails.
//!
//! In: a notice. Out: its files, byte by byte, for those who read it and for the channel. Can't happen: a file that
//! changes between draft and release (the database refuses it).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Store, StoreError, Tx};
use crate::sql;
use cuofeng_notice::{Enclosure, Notice};

type Columns = (String, String, String, Vec<u8>);

fn enclosure((name, plain_name, kind, bytes): Columns) -> Enclosure {
    Enclosure { name, plain_name, kind, bytes }
}

/// Keeps what goes with a notice.
pub(super) async fn keep(tx: &mut Tx, notice: &Notice) -> Result<(), StoreError> {
    for (place, enclosure) in notice.enclosures.iter().enumerate() {
        sql::ask(
            "insert into enclosure (notice, place, name, plain_name, kind, bytes) values ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&notice.key)
        .bind(i64::try_from(place).unwrap_or(i64::MAX))
        .bind(&enclosure.name)
        .bind(&enclosure.plain_name)
        .bind(&enclosure.kind)
        .bind(&enclosure.bytes)
        .run(tx)
        .await?;
    }
    Ok(())
}

sql::row! {
    struct OfLettersRow {
        id: i64,
        name: String,
        plain_name: String,
        kind: String,
        bytes: Vec<u8>,
    }
}

/// What goes with mails, by their numbers in the outbox.
pub async fn of_letters(tx: &mut Tx, letters: &[i64]) -> Result<BTreeMap<i64, Arc<[Enclosure]>>, StoreError> {
    if letters.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<OfLettersRow> = sql::ask(
        "select o.id, e.name, e.plain_name, e.kind, e.bytes
         from json_each($1) j cross join outbox o on o.id = j.value cross join enclosure e on e.notice = o.notice
         where o.form = 'email' order by o.id, e.place",
    )
    .bind(serde_json::json!(letters).to_string())
    .all(&mut *tx)
    .await?;
    let mut all: BTreeMap<i64, Vec<Enclosure>> = BTreeMap::new();
    for OfLettersRow { id: letter, name, plain_name, kind, bytes } in rows {
        all.entry(letter).or_default().push(enclosure((name, plain_name, kind, bytes)));
    }
    Ok(all.into_iter().map(|(letter, files)| (letter, files.into())).collect())
}

impl Store {
    /// What goes with a notice's mail.
    pub async fn enclosures(&self, notice: &str) -> Result<Vec<Enclosure>, StoreError> {
        let rows: Vec<Columns> =
            sql::ask("select name, plain_name, kind, bytes from enclosure where notice = $1 order by place")
                .bind(notice)
                .all(self.pool())
                .await?;
        Ok(rows.into_iter().map(enclosure).collect())
    }
}

//! The text of a revision for a chat group.
//!
//! In: the words of a revision. Out: the same, of the last one that was told. Can't happen: words of a draft that nobody
//! has released, or words changed after they were written (the database refuses it).

use super::{Store, StoreError, Tx, revision_number};
use crate::sql;

/// Keeps the words of a revision.
pub async fn keep(tx: &mut Tx, episode: &str, number: u32, words: &str) -> Result<(), StoreError> {
    sql::ask("insert into revision_group (episode, number, words) values ($1, $2, $3)")
        .bind(episode)
        .bind(i64::from(number))
        .bind(words)
        .run(tx)
        .await?;
    Ok(())
}

impl Store {
    /// The words of the last revision that was told, with its number, or of one with a number.
    pub async fn group_text(&self, episode: &str, number: Option<u32>) -> Result<Option<(u32, String)>, StoreError> {
        let row: Option<(i64, String)> = sql::ask(
            "select g.number, g.words from revision_group g
                 cross join revision r on r.episode = g.episode and r.number = g.number
             where g.episode = $1 and ($2 is null or g.number = $2)
                 and (r.waits = 0 or exists (select 1 from release d
                     where d.episode = r.episode and d.number = r.number and d.outcome = 'released'))
             order by g.number desc limit 1",
        )
        .bind(episode)
        .bind(number.map(i64::from))
        .maybe(self.pool())
        .await?;
        row.map(|(number, words)| Ok((revision_number(number, episode)?, words))).transpose()
    }

    /// The words of a revision, told or not.
    pub async fn drafted_group(&self, episode: &str, number: u32) -> Result<Option<String>, StoreError> {
        Ok(sql::ask("select words from revision_group where episode = $1 and number = $2")
            .bind(episode)
            .bind(i64::from(number))
            .maybe(self.pool())
            .await?)
    }
}

//! The text of a revision for a chat group.
//!
//! In: the words of a revision. Out: the same, of the last one that was told. Can't happen: words of a draft that nobody
//! has released, or words changed after they were written (the database refuses it).

use super::{Store, StoreError, Tx, revision_number};

/// Keeps the words of a revision.
pub async fn keep(tx: &mut Tx, episode: &str, number: u32, words: &str) -> Result<(), StoreError> {
    sqlx::query("insert into revision_group (episode, number, words) values (?, ?, ?)")
        .bind(episode)
        .bind(i64::from(number))
        .bind(words)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

impl Store {
    /// The words of the last revision that was told, with its number, or of one with a number.
    pub async fn group_text(&self, episode: &str, number: Option<u32>) -> Result<Option<(u32, String)>, StoreError> {
        let row: Option<(i64, String)> = sqlx::query_as(
            "select g.number, g.words from revision_group g
                 cross join revision r on r.episode = g.episode and r.number = g.number
             where g.episode = ?1 and (?2 is null or g.number = ?2)
                 and (r.waits = 0 or exists (select 1 from release d
                     where d.episode = r.episode and d.number = r.number and d.outcome = 'released'))
             order by g.number desc limit 1",
        )
        .bind(episode)
        .bind(number.map(i64::from))
        .fetch_optional(self.pool())
        .await?;
        row.map(|(number, words)| Ok((revision_number(number, episode)?, words))).transpose()
    }

    /// The words of a revision, told or not.
    pub async fn drafted_group(&self, episode: &str, number: u32) -> Result<Option<String>, StoreError> {
        Ok(sqlx::query_scalar("select words from revision_group where episode = ? and number = ?")
            .bind(episode)
            .bind(i64::from(number))
            .fetch_optional(self.pool())
            .await?)
    }
}

//! Regions that are to be decided on at once, because their forecast was corrected.
//!
//! In: corrections. Out: the regions, until a decision was made after the last of them. Can't happen: a correction that
//! came while a decision was made taken for one that it knew.

use super::{Store, StoreError, Tx};

/// A region that waits, with the number of its last correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The region.
    pub region: String,
    number: i64,
}

/// Notes that what is known of a region was corrected.
pub async fn mark(tx: &mut Tx, region: &str) -> Result<(), StoreError> {
    sqlx::query(
        "insert into anew (region, number) values (?, 1) on conflict (region) do update set number = number + 1",
    )
    .bind(region)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Notes that the regions were decided on after what was known of them then.
pub async fn settle(tx: &mut Tx, waiting: &[Waiting]) -> Result<(), StoreError> {
    for Waiting { region, number } in waiting {
        sqlx::query("delete from anew where region = ? and number = ?")
            .bind(region)
            .bind(number)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

impl Store {
    /// The regions that wait to be decided on anew.
    pub async fn waiting_anew(&self) -> Result<Vec<Waiting>, StoreError> {
        let rows: Vec<(String, i64)> =
            sqlx::query_as("select region, number from anew order by region").fetch_all(self.pool()).await?;
        Ok(rows.into_iter().map(|(region, number)| Waiting { region, number }).collect())
    }
}

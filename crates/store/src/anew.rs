//! Regions that are to be decided on at once, because their forecast was corrected.
//!
//! In: corrections. Out: the regions, until a decision was made after the last of them. Can't happen: a correction that
//! came while a decision was made taken for one that it knew.

use super::{Store, StoreError, Tx};
use crate::sql;

/// A region that waits, with the number of its last correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The region.
    pub region: String,
    number: i64,
}

/// Notes that what is known of a region was corrected.
pub async fn mark(tx: &mut Tx, region: &str) -> Result<(), StoreError> {
    if sql::ask("update anew set number = number + 1 where region = $1").bind(region).run(tx).await? == 0 {
        sql::ask("insert into anew (region, number) values ($1, 1)").bind(region).run(tx).await?;
    }
    Ok(())
}

/// Notes that the regions were decided on after what was known of them then.
pub async fn settle(tx: &mut Tx, waiting: &[Waiting]) -> Result<(), StoreError> {
    for Waiting { region, number } in waiting {
        sql::ask("delete from anew where region = $1 and number = $2").bind(region).bind(number).run(tx).await?;
    }
    Ok(())
}

impl Store {
    /// The regions that wait to be decided on anew.
    pub async fn waiting_anew(&self) -> Result<Vec<Waiting>, StoreError> {
        let rows: Vec<(String, i64)> =
            sql::ask("select region, number from anew order by region").all(self.pool()).await?;
        Ok(rows.into_iter().map(|(region, number)| Waiting { region, number }).collect())
    }
}

//! The steps of a recipient's order, with the words in which a notice takes each.
//!
//! In: a notice. Out: its steps, in their order. Can't happen: a step changed after it was written.

use super::{Store, StoreError, Tx, placed};
use crate::sql;
use cuofeng_base::word::Form;
use cuofeng_notice::{Notice, Part, Reserve};

/// Keeps the steps of a notice.
pub(super) async fn keep(tx: &mut Tx, notice: &Notice) -> Result<(), StoreError> {
    for (place, reserve) in notice.reserve.iter().enumerate() {
        sql::ask(
            "insert into reserve (notice, place, backup, form, address, subject, body, places)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&notice.key)
        .bind(i64::try_from(place).unwrap_or(i64::MAX))
        .bind(i64::from(reserve.backup))
        .bind(reserve.part.form.name())
        .bind(&reserve.part.address)
        .bind(&reserve.part.subject)
        .bind(reserve.part.body.text())
        .bind(reserve.part.body.stored())
        .run(tx)
        .await?;
    }
    Ok(())
}

sql::row! {
    struct OfRow {
        backup: i64,
        form: String,
        address: String,
        subject: String,
        body: String,
        places: String,
    }
}

/// The steps of a notice.
pub async fn of(store: &Store, notice: &str) -> Result<Vec<Reserve>, StoreError> {
    let rows: Vec<OfRow> =
        sql::ask("select backup, form, address, subject, body, places from reserve where notice = $1 order by place")
            .bind(notice)
            .all(store.pool())
            .await?;
    rows.into_iter()
        .map(|OfRow { backup, form, address, subject, body, places }| {
            let named = Form::named(&form);
            let corrupt = || StoreError::Corrupt { what: "form", of: notice.to_owned(), value: form.clone() };
            let form = named.ok_or_else(corrupt)?;
            let body = placed(body, &places, notice)?;
            Ok(Reserve { backup: backup != 0, part: Part { form, address, subject, body, by_hand: false } })
        })
        .collect()
}

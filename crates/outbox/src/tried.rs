//! What was tried to reach somebody, for whoever makes up for it.
//!
//! In: notices. Out: each of their letters, by which way it went to which address, where it stands and what was said of
//! it last. Can't happen: a look through the whole outbox for the letters of a few.

use super::State;
use cuofeng_base::word::{ChannelName, Form};
use cuofeng_sql as sql;
use cuofeng_store::{Store, StoreError};

/// A letter, as far as a caller needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Its notice.
    pub notice: String,
    /// Its form.
    pub form: Form,
    /// Its channel.
    pub channel: ChannelName,
    /// Where it goes: personal data.
    pub address: String,
    /// Where it stands.
    pub state: State,
    /// What was said of it last.
    pub said: String,
}

sql::row! {
    struct TriedRow {
        notice: String,
        form: String,
        channel: String,
        address: String,
        state: String,
        said: String,
    }
}

/// The letters of these notices, in the order in which they were made.
pub async fn tried(store: &Store, notices: &[&str]) -> Result<Vec<Tried>, StoreError> {
    let rows: Vec<TriedRow> = sql::ask(
        "select o.notice, o.form, o.channel, o.address, o.state, coalesce((select t.reason from transition t
             where t.outbox = o.id order by t.number desc limit 1), '') as said from json_each($1) j cross join outbox o on o.notice = j.value order by o.id",
    )
    .bind(serde_json::json!(notices).to_string())
    .all(store.pool())
    .await?;
    rows.into_iter()
        .map(|TriedRow { notice, form, channel, address, state, said }| {
            let corrupt = |what, value: &str| {
                let (of, value) = (notice.clone(), value.to_owned());
                StoreError::Corrupt { what, of, value }
            };
            Ok(Tried {
                form: Form::named(&form).ok_or_else(|| corrupt("form", &form))?,
                channel: ChannelName::named(&channel).ok_or_else(|| corrupt("channel", &channel))?,
                state: State::named(&state).ok_or_else(|| corrupt("state", &state))?,
                notice: notice.clone(),
                address,
                said,
            })
        })
        .collect()
}

//! What the client remembers of its connections to a broker: nothing.
//!
//! In: the client's question. Out: a session in which nothing is on its way. Can't happen: an order of an earlier
//! connection that the client sends again by itself (what became of it is on record in the outbox alone). The broker's
//! part, what devices said while we were away, is the broker's to keep.

use std::future::{Future, ready};
use std::pin::Pin;

use rumqttc::{PersistedAckMode, PersistedSession, SessionStore, SessionStoreError, SessionStoreKey};

type Told<'a, T> = Pin<Box<dyn Future<Output = Result<T, SessionStoreError>> + Send + 'a>>;

/// How long a broker keeps what devices said while we are away: three days, in seconds.
pub(super) const KEPT: u32 = 3 * 24 * 3600;

/// Remembers nothing.
#[derive(Debug)]
pub(super) struct Blank;

impl SessionStore for Blank {
    fn load<'a>(&'a self, key: &'a SessionStoreKey) -> Told<'a, Option<PersistedSession>> {
        Box::pin(ready(Ok(Some(PersistedSession {
            format_version: 1,
            client_id: key.client_id().to_owned(),
            clean_start: false,
            session_expiry_interval: Some(KEPT),
            outgoing_inflight_upper_limit: None,
            ack_mode: PersistedAckMode::Manual,
            last_pkid: 0,
            last_puback: 0,
            replay: Vec::new(),
            incoming_qos2: Vec::new(),
        }))))
    }

    fn save<'a>(&'a self, _: &'a SessionStoreKey, _: &'a PersistedSession) -> Told<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    fn clear<'a>(&'a self, _: &'a SessionStoreKey) -> Told<'a, ()> {
        Box::pin(ready(Ok(())))
    }
}

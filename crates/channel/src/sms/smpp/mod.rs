//! Short messages by an operator's SMPP 3.4 line (feature `smpp`).
//!
//! In: a letter; what the operator says of its own accord. Out: what it answered; reports and replies, each until it is
//! on record. Can't happen: a second message after an answer that never came (a line that broke after a message left
//! leaves it unknown); a long message called taken of which a part was refused; a report lost because the program ended
//! before it was written down (it is acknowledged only then).
//!
//! Three figures are set by hand, since rusmpp means SMPP 5: the interface version (0x34), an `esm_class` without
//! the ANSI-41 bits of its default, and receipts of the final outcome alone.

mod came;

use std::collections::VecDeque;
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use rusmpp::extra::concatenation::SubmitSmMultipartExt;
use rusmpp::extra::encoding::ucs2::Ucs2;
use rusmpp::pdus::{BindTransceiver, DeliverSm, DeliverSmResp, SubmitSm};
use rusmpp::types::COctetString;
use rusmpp::values::{
    Ansi41Specific, EsmClass, GsmFeatures, InterfaceVersion, MessageType, MessagingMode, RegisteredDelivery,
};
use rusmpp::{CommandStatus, Pdu};
use rusmppc::error::Error;
use rusmppc::{Client, ConnectionBuilder, Event};
use secrecy::{ExposeSecret, SecretString};
use tokio::net::TcpStream;

use super::receipt::{Came, Heard};
use super::{Fault, number, said};
use crate::hush::Hush;
use crate::setting::smpp::SmppConfig;
use crate::{Channel, HeardFuture, Letter, NotedFuture, Outcome, SendFuture, Words, made};

/// How often an idle line is tried.
const ENQUIRE: Duration = Duration::from_secs(30);

/// Largest command that is taken.
const LARGEST: usize = 64 << 10;

/// Largest number of messages that wait to be put on record; a further one is left to the operator, who gives it again.
const UNNOTED: usize = 1000;

/// How long after binding the operator may take to hand over what it has kept.
const HANDING_OVER: Duration = Duration::from_millis(400);

/// `registered_delivery`: a receipt of the final outcome, whichever it is (SMPP 3.4, 5.2.17).
const FINAL_RECEIPT: u8 = 0x01;

/// Short messages by an operator's line.
pub struct SmppChannel {
    config: SmppConfig,
    secret: SecretString,
    hush: Hush,
    session: tokio::sync::Mutex<Option<Session>>,
    heard: Arc<Mutex<VecDeque<Heard>>>,
    sessions: AtomicU64,
    reference: AtomicU8,
}

/// Where the numbers of sessions begin, so that no two runs of the program share one: milliseconds since 1970.
fn begun() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}

/// A bound line.
#[derive(Clone)]
struct Session {
    client: Client,
    number: u64,
}

impl SmppChannel {
    /// A channel; nothing is bound yet.
    #[must_use]
    pub fn new(config: SmppConfig, secret: SecretString) -> Self {
        let hush = Hush::of(Some(&config.user), Some(&secret));
        let (session, heard) = (tokio::sync::Mutex::default(), Arc::default());
        Self { config, secret, hush, session, heard, sessions: AtomicU64::new(begun()), reference: AtomicU8::new(0) }
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(u64::from(self.config.timeout_seconds))
    }

    /// The bound line, made where there is none. Nothing leaves before it is bound.
    async fn session(&self) -> Result<Session, Outcome> {
        let mut held = self.session.lock().await;
        if let Some(session) = held.as_ref().filter(|session| session.client.is_active()) {
            return Ok(session.clone());
        }
        *held = None;
        let unreached = |why: String| Outcome::Transient(Words::said(why));
        let server = (self.config.host.as_str(), self.config.port);
        let connected = tokio::time::timeout(self.limit(), TcpStream::connect(server)).await;
        let stream = match connected {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(unreached(error.to_string())),
            Err(_) => return Err(unreached("no connection in time".to_owned())),
        };
        let (client, events) = ConnectionBuilder::new()
            .max_command_length(LARGEST)
            .enquire_link_interval(ENQUIRE)
            .enquire_link_response_timeout(self.limit())
            .response_timeout(self.limit())
            .with_interface_version_check(false)
            .connected(stream);
        let session = Session { client, number: self.sessions.fetch_add(1, Ordering::Relaxed) };
        tokio::spawn(listen(events, session.clone(), Arc::clone(&self.heard)));
        let bind = self.bind().ok_or_else(|| Outcome::Closed(Words::said("the login does not fit into SMPP")))?;
        match session.client.bind_transceiver(bind).await {
            Ok(_) => {}
            Err(Error::UnexpectedResponse { response }) => {
                let _ = session.client.close().await;
                let words = Words::said(format!("bind: {:?}", response.status()));
                return Err(match response.status() {
                    CommandStatus::EsmeRsyserr | CommandStatus::EsmeRalybnd | CommandStatus::EsmeRthrottled => {
                        Outcome::Transient(words)
                    }
                    _ => Outcome::Closed(words),
                });
            }
            Err(error) => {
                let _ = session.client.close().await;
                return Err(unreached(format!("bind: {error}")));
            }
        }
        *held = Some(session.clone());
        Ok(session)
    }

    fn bind(&self) -> Option<BindTransceiver> {
        let system_type = COctetString::from_str(&self.config.system_type).ok()?;
        let bind = BindTransceiver::builder()
            .system_id(COctetString::from_str(&self.config.user).ok()?)
            .password(COctetString::from_str(self.secret.expose_secret()).ok()?)
            .system_type(system_type)
            .interface_version(InterfaceVersion::Smpp3_4);
        Some(bind.build())
    }

    /// A letter as one message, or as the parts of a long one.
    fn parts(&self, letter: &Letter, mobile: &str) -> Result<Vec<SubmitSm>, String> {
        let fits = |text: &str| COctetString::from_str(text).map_err(|error| error.to_string());
        let whole = SubmitSm::builder()
            .source_addr(fits(&self.config.source)?)
            .destination_addr(fits(&format!("{}{mobile}", self.config.prefix))?)
            .esm_class(EsmClass::new(
                MessagingMode::Default,
                MessageType::Default,
                Ansi41Specific::Other(0),
                GsmFeatures::NotSelected,
            ))
            .registered_delivery(RegisteredDelivery::from(FINAL_RECEIPT))
            .build();
        let reference = self.reference.fetch_add(1, Ordering::Relaxed);
        let parts = whole.multipart(&letter.body).reference_u8(reference).encoder(Ucs2::new()).build();
        parts.map_err(|error| error.to_string())
    }

    /// Hands over the parts one by one.
    async fn hand_over(&self, session: &Session, parts: Vec<SubmitSm>) -> Outcome {
        let (all, mut ids) = (parts.len(), Vec::with_capacity(parts.len()));
        for part in parts {
            let words = |why: String| {
                let place = if all > 1 { format!("part {} of {all}: ", ids.len() + 1) } else { String::new() };
                Words { id: ids.join(" "), said: said("", &format!("{place}{why}")) }
            };
            match session.client.submit_sm(part).await {
                Ok(answer) => ids.push(answer.message_id().as_str().to_owned()),
                Err(Error::UnexpectedResponse { response }) if ids.is_empty() => {
                    let status = response.status();
                    return fault(status).outcome(words(format!("{status:?}")));
                }
                // Of what came before the recipient may see a piece: a person looks at it.
                Err(Error::UnexpectedResponse { response }) => {
                    return Outcome::Unknown(words(format!(
                        "{:?}, after the parts before it were taken",
                        response.status()
                    )));
                }
                Err(Error::Encode(error)) if ids.is_empty() => return Outcome::Permanent(words(error.to_string())),
                Err(error) => {
                    let _ = session.client.close().await;
                    return Outcome::Unknown(words(error.to_string()));
                }
            }
        }
        Outcome::Accepted(Words { id: ids.join(" "), said: format!("{all} part(s) taken") })
    }
}

/// What kind of fault a command status names (SMPP 3.4, 5.1.3).
fn fault(status: CommandStatus) -> Fault {
    match status {
        CommandStatus::EsmeRthrottled
        | CommandStatus::EsmeRmsgqful
        | CommandStatus::EsmeRsyserr
        | CommandStatus::EsmeRsubmitfail
        | CommandStatus::EsmeRxTAppn => Fault::Busy,
        CommandStatus::EsmeRinvdstadr | CommandStatus::EsmeRinvdstton | CommandStatus::EsmeRinvdstnpi => {
            Fault::Recipient
        }
        CommandStatus::EsmeRinvmsglen | CommandStatus::EsmeRinvdcs | CommandStatus::EsmeRxRAppn => Fault::Text,
        CommandStatus::EsmeRunknownerr => Fault::Unknown,
        // The rest are of the account or the settings: no message will be taken before somebody has mended them.
        _ => Fault::Closed,
    }
}

/// Keeps what the operator says until the line closes.
async fn listen(
    mut events: impl futures_util::Stream<Item = Event> + Unpin,
    session: Session,
    heard: Arc<Mutex<VecDeque<Heard>>>,
) {
    while let Some(event) = events.next().await {
        match event {
            Event::Incoming(command) => match command.pdu() {
                Some(Pdu::DeliverSm(delivered)) => {
                    let mark = (session.number, command.sequence_number());
                    let came = read(delivered, mark);
                    let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                    if heard.len() < UNNOTED {
                        heard.push_back(Heard { came, mark });
                    }
                }
                Some(Pdu::Unbind) => {
                    let _ = session.client.unbind_resp(command.sequence_number()).await;
                    let _ = session.client.close().await;
                }
                _ => {}
            },
            Event::Error(error) => {
                tracing::warn!(%error, "the operator's line");
                let _ = session.client.close().await;
            }
        }
    }
}

/// What a delivered message is.
fn read(delivered: &DeliverSm, mark: (u64, u32)) -> Came {
    let (class, coding) = (u8::from(delivered.esm_class), u8::from(delivered.data_coding));
    let from = delivered.source_addr.as_str();
    came::read((class, coding), from, delivered.short_message().as_ref(), mark)
}

impl Channel for SmppChannel {
    fn idempotent(&self) -> bool {
        false
    }

    fn width(&self) -> usize {
        usize::from(self.config.window)
    }

    fn send<'a>(&'a self, letter: &'a Letter) -> SendFuture<'a> {
        Box::pin(async move {
            let parts = made(|| {
                let mobile = number(&letter.address)?;
                self.parts(letter, &mobile).map_err(|why| Outcome::Permanent(Words::said(why)))
            });
            let parts = match parts {
                Ok(parts) => parts,
                Err(outcome) => return self.hush.over(outcome),
            };
            let outcome = match self.session().await {
                Ok(session) => self.hand_over(&session, parts).await,
                Err(outcome) => outcome,
            };
            self.hush.over(outcome)
        })
    }

    fn heard(&self, wanted: bool) -> HeardFuture<'_> {
        Box::pin(async move {
            let bound = self.session.lock().await.as_ref().is_some_and(|session| session.client.is_active());
            if wanted && !bound {
                if let Err(outcome) = self.session().await {
                    tracing::warn!(?outcome, "the operator's line can't be bound to hear what became of messages");
                } else {
                    tokio::time::sleep(HANDING_OVER).await;
                }
            }
            let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
            heard.drain(..).collect()
        })
    }

    fn noted<'a>(&'a self, heard: &'a [Heard]) -> NotedFuture<'a> {
        Box::pin(async move {
            let session = self.session.lock().await.clone();
            // A line that has closed took its acknowledgements with it: the operator gives those messages again.
            let Some(session) = session else { return };
            for one in heard.iter().filter(|one| one.mark.0 == session.number) {
                let _ = session.client.deliver_sm_resp(one.mark.1, DeliverSmResp::default()).await;
            }
        })
    }
}

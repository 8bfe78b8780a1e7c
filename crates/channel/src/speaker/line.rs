//! A connection to an MQTT broker, made when it is needed and made again when it breaks.
//!
//! In: orders; what the site file says of the broker. Out: whether the broker has an order; what devices have said, which
//! the broker keeps for us while we are away and gives again until it is noted. Can't happen: an order that waits in the
//! client and leaves later by itself (with every connection the client begins empty); a word of a device lost because
//! the program ended before it was written down (it is acknowledged only then).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use rumqttc::{
    AckMode, AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, Outgoing, Packet, PubAckReason, Publish,
    PublishOptions, PublishProperties, QoS, SubscribeReasonCode, default_socket_connect,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{Notify, oneshot, watch};
use tokio_rustls::TlsConnector;
use tokio_util::sync::CancellationToken;

use super::report::{self, Report};
use super::session::{Blank, KEPT};

/// Largest message that is taken: a status is a few hundred bytes.
const LARGEST: u32 = 64 * 1024;

/// How many statuses the broker may have given us before they are noted.
const UNNOTED: u16 = 500;

/// How long after connecting the broker may take to hand over what it has kept.
const HANDING_OVER: Duration = Duration::from_millis(400);

/// Pauses between two tries to connect.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5), Duration::from_secs(15)];

/// Where the broker is and who we are to it.
#[derive(Debug, Clone)]
pub struct Broker {
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// TLS: certificates (PEM) that are trusted instead of the public ones, empty for the public ones; none without TLS.
    pub tls: Option<Vec<u8>>,
    /// User and password.
    pub login: Option<(String, SecretString)>,
    /// Our name to the broker: it keeps what devices say under it.
    pub client: String,
    /// Topics on which devices speak; none where nobody listens to them here.
    pub status: Option<String>,
    /// How long the broker may take to answer.
    pub limit: Duration,
}

impl Broker {
    fn same(&self, other: &Self) -> bool {
        let login = |b: &Self| b.login.as_ref().map(|(user, word)| (user.clone(), word.expose_secret().to_owned()));
        (&self.host, self.port, &self.tls, &self.client, &self.status, self.limit)
            == (&other.host, other.port, &other.tls, &other.client, &other.status, other.limit)
            && login(self) == login(other)
    }

    fn options(&self) -> Result<MqttOptions, String> {
        let mut options = MqttOptions::new(&self.client, (&*self.host, self.port));
        options.set_keep_alive(30);
        options.set_connect_timeout(self.limit.max(Duration::from_secs(1)));
        options.set_ack_mode(AckMode::Manual);
        options.set_session_store(Blank);
        // What devices say while we are away is kept for us; without listening there is nothing to keep.
        options.set_clean_start(self.status.is_none());
        options.set_session_expiry_interval(Some(if self.status.is_some() { KEPT } else { 0 }));
        options.set_receive_maximum(Some(UNNOTED));
        options.set_max_packet_size(Some(LARGEST));
        if let Some((user, password)) = &self.login {
            options.set_credentials(user, password.expose_secret().to_owned());
        }
        if let Some(trusted) = &self.tls {
            let connector = TlsConnector::from(Arc::new(trust(trusted)?));
            let name = ServerName::try_from(self.host.clone()).map_err(|error| error.to_string())?;
            options.set_socket_connector(move |address, network| {
                let (connector, name) = (connector.clone(), name.clone());
                async move {
                    let stream = default_socket_connect(address, network).await?;
                    connector.connect(name, stream).await
                }
            });
        }
        Ok(options)
    }
}

/// TLS that trusts these certificates, or the public ones where none are given.
fn trust(trusted: &[u8]) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    if trusted.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for certificate in CertificateDer::pem_slice_iter(trusted) {
        roots.add(certificate.map_err(|error| error.to_string())?).map_err(|error| error.to_string())?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// What became of an order on its way to the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The broker has it, and somebody who listens.
    Taken,
    /// The broker has it, and nobody listens: it is gone.
    Nobody,
    /// The broker does not take it from us.
    Refused(String),
    /// It did not leave.
    NotSent(String),
    /// It left, and no answer came.
    NoAnswer(String),
}

/// Something that a device said, until it is on record.
#[derive(Debug)]
pub struct Heard {
    /// What; none where it could not be read.
    pub report: Option<Report>,
    publish: Publish,
    /// The connection by which it came.
    connection: u64,
}

/// A connection that may or may not be up.
#[derive(Debug)]
pub struct Line {
    broker: Broker,
    inner: Mutex<Inner>,
    up: watch::Sender<bool>,
    /// Rung when the connection is to be given up.
    reset: Arc<Notify>,
    /// One order at a time: the broker's answers then need no matching by guess.
    turn: tokio::sync::Mutex<()>,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Inner {
    begun: bool,
    connection: u64,
    client: Option<AsyncClient>,
    connected: Option<std::time::Instant>,
    waiting: Option<Waiting>,
    heard: VecDeque<Heard>,
    trouble: String,
}

#[derive(Debug)]
struct Waiting {
    left: Option<u16>,
    answer: oneshot::Sender<Ending>,
}

/// How waiting for the broker's answer ended.
#[derive(Debug)]
enum Ending {
    Answer(PubAckReason),
    /// The connection broke; whether the order had left by then.
    Broke(bool),
}

impl Line {
    fn new(broker: Broker) -> Arc<Self> {
        let (up, _) = watch::channel(false);
        Arc::new(Self {
            broker,
            inner: Mutex::default(),
            up,
            reset: Arc::default(),
            turn: tokio::sync::Mutex::new(()),
            stop: CancellationToken::new(),
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody has used it yet.
    #[must_use]
    pub fn begun(&self) -> bool {
        self.inner().begun
    }

    /// Waits until the line is up, within the limit; begins to connect where nobody has.
    async fn ready(self: &Arc<Self>) -> Option<AsyncClient> {
        if !std::mem::replace(&mut self.inner().begun, true) {
            tokio::spawn(keep(Arc::downgrade(self), self.stop.clone()));
        }
        let mut up = self.up.subscribe();
        let _ = tokio::time::timeout(self.broker.limit, up.wait_for(|up| *up)).await;
        self.inner().client.clone()
    }

    /// Gives an order to the broker, which keeps it for `expiry` seconds at most.
    pub async fn publish(self: &Arc<Self>, topic: &str, payload: String, expiry: u32) -> Told {
        let _turn = self.turn.lock().await;
        let Some(client) = self.ready().await else {
            let trouble = self.inner().trouble.clone();
            return Told::NotSent(if trouble.is_empty() { "the broker can't be reached".to_owned() } else { trouble });
        };
        let properties = PublishProperties {
            message_expiry_interval: Some(expiry),
            payload_format_indicator: Some(1),
            content_type: Some("application/json".to_owned()),
            ..PublishProperties::default()
        };
        let (answer, answered) = oneshot::channel();
        self.inner().waiting = Some(Waiting { left: None, answer });
        let how = PublishOptions::new(QoS::AtLeastOnce).properties(properties);
        let given = client.publish(topic, payload, how).await;
        if let Err(error) = given {
            self.inner().waiting = None;
            return Told::NotSent(error.to_string());
        }
        let ending = tokio::time::timeout(self.broker.limit, answered).await;
        let waiting = self.inner().waiting.take();
        match ending {
            Ok(Ok(Ending::Answer(PubAckReason::Success))) => Told::Taken,
            Ok(Ok(Ending::Answer(PubAckReason::NoMatchingSubscribers))) => Told::Nobody,
            Ok(Ok(Ending::Answer(reason))) => Told::Refused(format!("the broker refused it: {reason:?}")),
            Ok(Ok(Ending::Broke(false))) => Told::NotSent("the connection broke".to_owned()),
            Ok(Ok(Ending::Broke(true)) | Err(_)) => {
                Told::NoAnswer("the connection broke before the broker answered".to_owned())
            }
            Err(_) => {
                // What is still in the client must not leave later by itself.
                self.drop_connection();
                self.reset.notify_one();
                let why = "the broker did not answer in time".to_owned();
                let left = waiting.is_none_or(|waiting| waiting.left.is_some());
                if left { Told::NoAnswer(why) } else { Told::NotSent(why) }
            }
        }
    }

    /// What devices have said and was not noted yet; waits a moment on a fresh connection for what the broker has kept.
    pub async fn heard(self: &Arc<Self>) -> Vec<Heard> {
        if self.broker.status.is_none() || self.ready().await.is_none() {
            return Vec::new();
        }
        let fresh = self.inner().connected.map(|at| HANDING_OVER.saturating_sub(at.elapsed()));
        if let Some(wait) = fresh.filter(|wait| !wait.is_zero()) {
            tokio::time::sleep(wait).await;
        }
        self.inner().heard.drain(..).collect()
    }

    /// Tells the broker that these are on record.
    pub async fn noted(&self, heard: &[Heard]) {
        let (client, connection) = {
            let inner = self.inner();
            (inner.client.clone(), inner.connection)
        };
        let Some(client) = client else { return };
        // A broken connection took its acknowledgements with it: the broker gives those again.
        for one in heard.iter().filter(|one| one.connection == connection && one.publish.qos == QoS::AtLeastOnce) {
            let _ = client.ack(&one.publish).await;
        }
    }

    fn drop_connection(&self) {
        let mut inner = self.inner();
        inner.client = None;
        inner.connected = None;
        self.up.send_replace(false);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Keeps a line up for as long as anybody has it.
async fn keep(line: Weak<Line>, stop: CancellationToken) {
    let mut pauses = PAUSES.iter();
    loop {
        let Some(held) = line.upgrade() else { return };
        let built = held.broker.options().and_then(|options| {
            AsyncClient::builder(options).capacity(16).try_build().map_err(|error| error.to_string())
        });
        let (client, mut events) = match built {
            Ok(built) => built,
            Err(error) => {
                tracing::error!(host = held.broker.host, error, "the loudspeakers' broker can't be spoken to");
                held.inner().trouble = error;
                return;
            }
        };
        let connection = {
            let mut inner = held.inner();
            inner.connection += 1;
            inner.connection
        };
        let reset = Arc::clone(&held.reset);
        drop(held);
        let error = tokio::select! {
            () = stop.cancelled() => {
                let _ = client.try_disconnect();
                let _ = tokio::time::timeout(Duration::from_millis(200), events.poll()).await;
                return;
            }
            () = reset.notified() => "given up after no answer".to_owned(),
            error = run(&line, &client, &mut events, connection) => error,
        };
        let Some(held) = line.upgrade() else { return };
        let was_up = *held.up.borrow();
        tracing::warn!(host = held.broker.host, %error, "the loudspeakers' broker");
        held.drop_connection();
        {
            let mut inner = held.inner();
            inner.trouble = error;
            if let Some(waiting) = inner.waiting.take() {
                let _ = waiting.answer.send(Ending::Broke(waiting.left.is_some()));
            }
        }
        drop(held);
        if was_up {
            pauses = PAUSES.iter();
        }
        let pause = pauses.next().copied().unwrap_or(Duration::from_secs(15));
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// One connection, until it breaks or is given up; gives why.
async fn run(line: &Weak<Line>, client: &AsyncClient, events: &mut EventLoop, connection: u64) -> String {
    loop {
        let event = match events.poll().await {
            Ok(event) => event,
            Err(error) => return words(&error),
        };
        let Some(line) = line.upgrade() else { return String::new() };
        let mut inner = line.inner();
        match event {
            Event::Incoming(Packet::ConnAck(_)) => match &line.broker.status {
                Some(status) => {
                    if let Err(error) = client.try_subscribe(status, QoS::AtLeastOnce) {
                        return error.to_string();
                    }
                }
                None => ready(&line, &mut inner, client),
            },
            Event::Incoming(Packet::SubAck(ack)) => {
                if ack.return_codes.iter().any(|code| !matches!(code, SubscribeReasonCode::Success(_))) {
                    return "the broker does not let us listen to what the loudspeakers say".to_owned();
                }
                ready(&line, &mut inner, client);
            }
            Event::Outgoing(Outgoing::Publish(id)) => {
                if let Some(waiting) = &mut inner.waiting {
                    waiting.left = Some(id);
                }
            }
            Event::Incoming(Packet::PubAck(ack)) => {
                if let Some(waiting) = inner.waiting.take_if(|waiting| waiting.left == Some(ack.pkid)) {
                    let _ = waiting.answer.send(Ending::Answer(ack.reason));
                }
            }
            Event::Incoming(Packet::Publish(publish)) => {
                // Those that nobody waits for may be thrown away; the others are limited by what is not acknowledged yet.
                if publish.qos == QoS::AtMostOnce && inner.heard.len() >= usize::from(UNNOTED) {
                    continue;
                }
                let report = report::read(&publish.payload);
                inner.heard.push_back(Heard { report, publish, connection });
            }
            _ => {}
        }
    }
}

fn ready(line: &Line, inner: &mut Inner, client: &AsyncClient) {
    inner.client = Some(client.clone());
    inner.connected = Some(std::time::Instant::now());
    inner.trouble.clear();
    line.up.send_replace(true);
}

fn words(error: &ConnectionError) -> String {
    error.to_string().chars().filter(|c| !c.is_control()).take(200).collect()
}

/// The lines of a site, kept while its file says the same of them.
#[derive(Debug, Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<Arc<Line>>>>);

impl Lines {
    /// The line to a broker; lines to others are given up.
    #[must_use]
    pub fn only(&self, broker: Broker) -> Arc<Line> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.retain(|line| line.broker.same(&broker));
        if let Some(line) = lines.first() {
            return Arc::clone(line);
        }
        let line = Line::new(broker);
        lines.push(Arc::clone(&line));
        line
    }

    /// Gives up every line.
    pub fn none(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The lines there are.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

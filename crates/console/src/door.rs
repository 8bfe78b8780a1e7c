//! Connections: taken in, kept within bounds of number, time and size, and ended.
//!
//! In: a listener, and what answers requests. Out: their answers. Can't happen: a far side that says nothing, little or
//! slowly holding a place for long; a stop that waits for one; descriptors taken that the rest of the program needs; a
//! loop that spins while no connection can be accepted; a panic of a page that ends more than its answer.
//!
//! What the HTTP library itself answers is bare, without a page of ours: 400 to what is no HTTP, and 431 to a head
//! beyond 16 KB. A head that isn't whole in time is answered with nothing; the connection is closed.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::amiss::Amiss;
use super::guests::{Entry, Guest, Guests};
use cuofeng_office::config::Doors;

/// How long a request's head may take, and how long a connection may be idle.
const LONGEST_HEAD: Duration = Duration::from_secs(15);

/// How long a connection may last: audio of some minutes over a slow line.
const LONGEST: Duration = Duration::from_mins(10);

/// How long what was sent may wait to be taken by the far side.
const LONGEST_UNTAKEN: Duration = Duration::from_secs(30);

/// Bytes of a head that get a page of ours at most, and that are read at most.
const LARGEST_HEAD: usize = 8 << 10;
const LARGEST_READ: usize = 16 << 10;

/// Bytes of an address.
const LONGEST_ADDRESS: usize = 2 << 10;

/// Connections that may be open beyond those that have a place: those that are just leaving.
const LEAVING: usize = 16;

/// How long to leave the listener alone where the system can't give a connection.
const REST: Duration = Duration::from_secs(1);

/// How long a connection may be silent where others wait for its place, and how long they wait for one.
const PATIENCE: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// How often they look.
const LOOK: Duration = Duration::from_millis(20);

/// At the stop: how long connections have to end by themselves, and how long those have whose request is being answered.
const MOMENT: Duration = Duration::from_millis(500);
const GRACE: Duration = Duration::from_secs(5);

/// Answers until `stop`; then what is being answered is finished, as far as that takes no longer than some seconds.
pub(super) async fn open(
    listener: TcpListener,
    pages: Router,
    amiss: &Arc<Amiss>,
    doors: &Doors,
    stop: &CancellationToken,
) {
    let guests = Guests::new(doors.connections as usize, doors.per_address as usize, PATIENCE);
    let room = Arc::new(Semaphore::new(doors.connections as usize + LEAVING));
    let (graceful, mut tasks) = (GracefulShutdown::new(), JoinSet::new());
    let mut failing = false;
    loop {
        let come = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            come = come => come,
        };
        while tasks.try_join_next().is_some() {}
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                rest(&error, &mut failing, stop).await;
                continue;
            }
        };
        failing = false;
        let counted = (!doors.is_proxy(peer.ip())).then(|| peer.ip());
        let Some(guest) = place_for(&guests, counted, stop).await else {
            // Its request is not read, so it may find the connection broken instead.
            let _ = stream.try_write(amiss.busy());
            continue;
        };
        let (pages, amiss, watcher) = (pages.clone(), Arc::clone(amiss), graceful.watcher());
        tasks.spawn(async move {
            attend(stream, peer, guest, (pages, amiss), watcher).await;
            drop(place);
        });
    }
    drop(listener);
    let mut ended = pin!(graceful.shutdown());
    if timeout(MOMENT, &mut ended).await.is_err() {
        guests.send_silent_away();
        if timeout(GRACE, ended).await.is_err() {
            tracing::warn!("pages that were still being made are left");
        }
    }
}

/// A place for a connection; nothing where its address has its share, or none becomes free. Meanwhile others wait in the
/// system's queue.
async fn place_for(guests: &Arc<Guests>, of: Option<IpAddr>, stop: &CancellationToken) -> Option<Guest> {
    let begun = Instant::now();
    loop {
        match guests.enter(of) {
            Entry::Place(guest) => return Some(guest),
            Entry::Full if begun.elapsed() < LONGEST_WAIT && !stop.is_cancelled() => sleep(LOOK).await,
            Entry::Full | Entry::Share => return None,
        }
    }
}

/// After a connection that could not be accepted: one that the far side has given up costs nothing, but where the system
/// has no descriptor or memory left, the next attempt would fail at once.
async fn rest(error: &std::io::Error, failing: &mut bool, stop: &CancellationToken) {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        return;
    }
    if !*failing {
        tracing::error!(%error, "no connection to the pages can be accepted; tried again every second");
    }
    *failing = true;
    tokio::select! {
        () = stop.cancelled() => {}
        () = sleep(REST) => {}
    }
}

/// One connection from its first byte to its last.
async fn attend(
    stream: TcpStream,
    peer: SocketAddr,
    guest: Guest,
    (pages, amiss): (Router, Arc<Amiss>),
    watcher: Watcher,
) {
    // Without these it would be slower, or end later.
    let _ = stream.set_nodelay(true);
    let _ =
        rustix::net::sockopt::set_tcp_user_timeout(&stream, u32::try_from(LONGEST_UNTAKEN.as_millis()).unwrap_or(0));
    let leave = guest.leave();
    let pages = TowerToHyperService::new(pages);
    let answer = service_fn(|mut request: Request<Incoming>| {
        let served = Arc::new(guest.served());
        request.extensions_mut().insert(ConnectInfo(peer));
        // What is long on its way keeps it until all of it has been taken.
        request.extensions_mut().insert(Arc::clone(&served));
        let refused = too_large(&request);
        let (made, amiss) = (pages.call(request), Arc::clone(&amiss));
        async move {
            let response = match refused {
                Some(status) => status.into_response(),
                None => made.await.unwrap_or_else(|never| match never {}),
            };
            drop(served);
            let mut response = amiss.worded(response);
            if response.status().is_client_error() {
                // Whoever asks for what isn't there has no claim to the place for another request.
                response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<Response, Infallible>(response)
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(LONGEST_HEAD).max_buf_size(LARGEST_READ);
    let connection = watcher.watch(builder.serve_connection(TokioIo::new(stream), answer));
    tokio::select! {
        () = leave.cancelled() => {}
        // A connection that breaks is the far side's.
        _ = timeout(LONGEST, connection) => {}
    }
}

/// Why a request is not looked at, where its head is larger than any that is meant for these pages.
fn too_large<B>(request: &Request<B>) -> Option<StatusCode> {
    let address = request.uri().path_and_query().map_or(0, |path| path.as_str().len());
    if address > LONGEST_ADDRESS {
        return Some(StatusCode::URI_TOO_LONG);
    }
    let head: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    (head > LARGEST_HEAD).then_some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE)
}

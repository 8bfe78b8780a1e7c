//! The pages that people open from a letter: a releaser's draft, a notice that asks for an answer, words that staff pass
//! on, an enterprise that can't; and where providers push what became of messages.
//!
//! In: a request with a letter's code. Out: a page, and on POST what was asked for, done by the same functions as on
//! the command line. Can't happen: a GET that changes anything (scanners and previews open every link); a code that
//! tells a stranger whether it was close; a page kept by a browser or sent on as a referrer.

mod answer;
mod caught;
mod hand;
mod page;
mod push;
mod release;
mod unable;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Form, Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::clock::Clock;
use crate::app::{App, AppError};
use crate::link::{self, Keys};
use crate::notice::alarm::Trouble;
use crate::notice::{Audience, Purpose};
use crate::sound;
use crate::store::letters::Opened;
use crate::text::Lang;

/// Bytes that a form may have: a reason, not a file.
const LONGEST_FORM: usize = 16 * 1024;

/// Bytes that a provider's push may have: some hundred reports.
const LONGEST_PUSH: usize = 512 * 1024;

/// Why there are no pages.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The address is taken, or not this machine's.
    #[error("console: cannot listen on {address}: {cause}; change `listen` under [console] in cuofeng.toml")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's words.
        cause: std::io::Error,
    },
    /// The server ended by itself.
    #[error("console: {0}")]
    Ended(std::io::Error),
}

/// What every request is given.
struct Desk {
    root: PathBuf,
    clock: Clock,
    lang: Lang,
}

/// Pages that wait for their first request.
pub struct Console {
    listener: TcpListener,
    desk: Desk,
}

impl Console {
    /// Takes the address, so that a service without it never begins.
    pub async fn listen(root: PathBuf, clock: Clock, lang: Lang, address: SocketAddr) -> Result<Self, ConsoleError> {
        let listener = TcpListener::bind(address).await.map_err(|cause| ConsoleError::Listen { address, cause })?;
        Ok(Self { listener, desk: Desk { root, clock, lang } })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Answers until `stop`, then finishes what is in hand.
    pub async fn serve(self, stop: CancellationToken) -> Result<(), ConsoleError> {
        let desk = Arc::new(self.desk);
        let pages = Router::new()
            .route(&format!("{}{{code}}", link::PATH), get(show).post(act))
            .route(&format!("{}{{name}}", sound::PATH), get(audio))
            .route(push::PATH, post(pushed).layer(DefaultBodyLimit::max(LONGEST_PUSH)))
            .fallback(nothing)
            .layer(DefaultBodyLimit::max(LONGEST_FORM))
            .layer(middleware::from_fn_with_state(Arc::clone(&desk), caught::caught))
            .with_state(desk)
            .into_make_service_with_connect_info::<SocketAddr>();
        let done = axum::serve(self.listener, pages).with_graceful_shutdown(stop.cancelled_owned());
        done.await.map_err(ConsoleError::Ended)
    }
}

async fn show(State(desk): State<Arc<Desk>>, Path(code): Path<String>) -> Response {
    match desk.open(&code).await {
        Ok(Some((app, letter))) => {
            let now = desk.clock.now();
            let page = match letter.purpose {
                Purpose::Draft => release::show(&app, &letter, now).await,
                _ if letter.audience == Audience::Duty => alarm_page(&app, &letter, now).await,
                _ => answer::show(&app, &letter, now).await,
            };
            shown(&desk, page)
        }
        Ok(None) => unknown(&desk),
        Err(error) => failed(&desk, &error),
    }
}

/// The page of an alarm; nothing where it can't be dealt with on one.
async fn alarm_page(app: &App, letter: &Opened, now: DateTime<Utc>) -> Result<Option<String>, AppError> {
    match alarm(app, letter).await? {
        Some((Trouble::Hand, place)) => hand::show(app, &place, now).await,
        Some((Trouble::Unable, enterprise)) => Ok(Some(unable::show(app, &enterprise, now).await?)),
        _ => Ok(None),
    }
}

async fn alarm_act(
    app: &App,
    letter: &Opened,
    wish: &release::Wish,
    now: DateTime<Utc>,
) -> Result<Option<String>, AppError> {
    match alarm(app, letter).await? {
        Some((Trouble::Hand, place)) => hand::act(app, &place, (&letter.name, wish), now).await,
        Some((Trouble::Unable, enterprise)) => {
            Ok(Some(unable::act(app, &enterprise, (&letter.name, wish), now).await?))
        }
        _ => Ok(None),
    }
}

/// What an alarm is about: its kind, and the place of its episode.
async fn alarm(app: &App, letter: &Opened) -> Result<Option<(Trouble, String)>, AppError> {
    let of = app.store.episode_rule(&letter.episode).await?;
    Ok(of.and_then(|(kind, place)| Some((Trouble::named(&kind)?, place))))
}

async fn act(State(desk): State<Arc<Desk>>, Path(code): Path<String>, Form(wish): Form<release::Wish>) -> Response {
    match desk.open(&code).await {
        Ok(Some((app, letter))) => {
            let now = desk.clock.now();
            let page = match letter.purpose {
                Purpose::Draft => release::act(&app, &letter, &wish, now).await,
                _ if letter.audience == Audience::Duty => alarm_act(&app, &letter, &wish, now).await,
                _ => answer::act(&app, &letter, &wish, now).await,
            };
            shown(&desk, page)
        }
        Ok(None) => unknown(&desk),
        Err(error) => failed(&desk, &error),
    }
}

async fn pushed(
    State(desk): State<Arc<Desk>>,
    Path((provider, secret, what)): Path<(String, String, String)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let place = push::Place { provider: &provider, secret: &secret, what: &what };
    let taken = match App::look(&desk.root).await {
        Ok(app) => push::take(&app, &place, push::source(peer, &headers), &body, desk.clock.now()).await,
        Err(error) => Err(error),
    };
    match taken {
        Ok(Some(answer)) => ([(header::CONTENT_TYPE, "application/json")], answer).into_response(),
        Ok(None) => unknown(&desk),
        Err(error) => failed(&desk, &error),
    }
}

/// A village's text as audio, for the device that plays it.
async fn audio(State(desk): State<Arc<Desk>>, Path(name): Path<String>) -> Response {
    let fetched = match App::look(&desk.root).await {
        Ok(app) => app.fetched(&name, desk.clock.now()).await,
        Err(error) => Err(error),
    };
    match fetched {
        Ok(Some((kind, bytes))) => {
            ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-store")], bytes).into_response()
        }
        Ok(None) => unknown(&desk),
        Err(error) => failed(&desk, &error),
    }
}

async fn nothing(State(desk): State<Arc<Desk>>) -> Response {
    unknown(&desk)
}

impl Desk {
    /// The letter that a code was made for, with the site as it is now.
    async fn open(&self, code: &str) -> Result<Option<(App, Opened)>, AppError> {
        let Some(number) = link::number(code) else { return Ok(None) };
        let now = self.clock.now();
        let app = App::look(&self.root).await?;
        let keys = Keys::open(&self.root, now)?;
        let letter = app.store.letter(number).await?;
        let proved = letter.filter(|letter| keys.proves(code, number, &letter.key) && letter.expires_at > now);
        Ok(proved.map(|letter| (app, letter)))
    }
}

fn shown(desk: &Desk, page: Result<Option<String>, AppError>) -> Response {
    match page {
        Ok(Some(page)) => sealed(StatusCode::OK, page),
        Ok(None) => unknown(desk),
        Err(error) => failed(desk, &error),
    }
}

/// What anybody sees who has no valid code: the same for one that is forged, expired or another letter's.
fn unknown(desk: &Desk) -> Response {
    sealed(StatusCode::NOT_FOUND, page::unknown(desk.lang))
}

fn failed(desk: &Desk, error: &AppError) -> Response {
    tracing::error!(%error, "a page could not be shown");
    broken(desk)
}

/// What anybody sees where a page can't be shown.
fn broken(desk: &Desk) -> Response {
    sealed(StatusCode::INTERNAL_SERVER_ERROR, page::failed(desk.lang))
}

/// A page that no browser keeps, no other page frames, and that tells no other server where it was.
fn sealed(status: StatusCode, page: String) -> Response {
    let mut response = (status, Html(page)).into_response();
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, page::POLICY),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

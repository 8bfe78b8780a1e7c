//! The pages that people open from a letter: a releaser's draft, a notice that asks for an answer, words that staff pass
//! on, an enterprise that can't; and where providers push what became of messages.
//!
//! In: a request with a letter's code. Out: a page, and on POST what was asked for, done by the same functions as on
//! the command line. Can't happen: a GET that changes anything (scanners and previews open every link); a code that
//! tells a stranger whether it was close; a page kept by a browser or sent on as a referrer; anything opened, read or
//! waited for on behalf of whoever has proved nothing.
#![forbid(unsafe_code)]

mod amiss;
mod answer;
mod caught;
mod desk;
mod door;
mod guests;
mod hand;
mod page;
mod push;
mod release;
mod unable;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Form, FromRequest, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::amiss::{Amiss, Reason, sealed};
use self::desk::Desk;
use self::guests::Served;
use cuofeng_app::{App, AppError};
use cuofeng_base::text::Lang;
use cuofeng_channel::link;
use cuofeng_channel::sound;
use cuofeng_notice::alarm::Trouble;
use cuofeng_notice::{Audience, Purpose};
use cuofeng_office::clock::Clock;
use cuofeng_office::config::Doors;
use cuofeng_store::letters::Opened;

cuofeng_base::catalogue!(["console"], on[cuofeng_app]);

/// Bytes that a form may have: a reason, not a file.
const LONGEST_FORM: usize = 16 * 1024;

/// Bytes of audio that are handed over at a time.
const PIECE: usize = 32 * 1024;

/// Bytes that a provider's push may have: some hundred reports.
const LONGEST_PUSH: usize = 512 * 1024;

/// How long the body of a request may take.
const LONGEST_BODY: Duration = Duration::from_secs(20);

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
}

/// Pages that wait for their first request.
pub struct Console {
    listener: TcpListener,
    desk: Desk,
    amiss: Arc<Amiss>,
}

impl Console {
    /// Takes the address, so that a service without it never begins.
    pub async fn listen(root: PathBuf, clock: Clock, lang: Lang, address: SocketAddr) -> Result<Self, ConsoleError> {
        let listener = TcpListener::bind(address).await.map_err(|cause| ConsoleError::Listen { address, cause })?;
        let desk = Desk::new(root, clock, Doors::default());
        Ok(Self { listener, desk, amiss: Arc::new(Amiss::new(lang)) })
    }

    /// Lets in whom and as many as these doors do, and not the usual ones.
    #[must_use]
    pub fn with(mut self, doors: Doors) -> Self {
        self.desk.doors = doors;
        self
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Answers until `stop`, then finishes what is in hand, as far as that takes no longer than some seconds.
    pub async fn serve(self, stop: CancellationToken) {
        let desk = Arc::new(self.desk);
        let pages = Router::new()
            .route(&format!("{}{{code}}", link::PATH), get(show).post(act))
            .route(&format!("{}{{name}}", sound::PATH), get(audio))
            .route(push::PATH, post(pushed).layer(DefaultBodyLimit::max(LONGEST_PUSH)))
            .layer(DefaultBodyLimit::max(LONGEST_FORM))
            .layer(middleware::from_fn_with_state(Arc::clone(&desk), caught::caught))
            .with_state(Arc::clone(&desk));
        door::open(self.listener, pages, &self.amiss, &desk.doors, &stop).await;
        desk.close().await;
    }
}

/// What came of a request.
type Answered = Result<Response, Reason>;

async fn show(State(desk): State<Arc<Desk>>, code: Result<Path<String>, PathRejection>) -> Answered {
    let letter = desk.letter(&named(code)?, str::to_owned).await?;
    let _turn = desk.turn().await?;
    let (app, now) = (desk.app().await?, desk.clock.now());
    let page = match letter.purpose {
        Purpose::Draft => release::show(&app, &letter, now).await?,
        _ if letter.audience == Audience::Duty => alarm_page(&app, &letter, now).await?,
        _ => answer::show(&app, &letter, now).await?,
    };
    page.map(|page| sealed(StatusCode::OK, page)).ok_or(Reason::Unknown)
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

async fn act(State(desk): State<Arc<Desk>>, code: Result<Path<String>, PathRejection>, request: Request) -> Answered {
    let letter = desk.letter(&named(code)?, str::to_owned).await?;
    let Form(wish) = body::<Form<release::Wish>>(request).await?;
    let _turn = desk.turn().await?;
    let (app, now) = (desk.app().await?, desk.clock.now());
    let page = match letter.purpose {
        Purpose::Draft => release::act(&app, &letter, &wish, now).await?,
        _ if letter.audience == Audience::Duty => alarm_act(&app, &letter, &wish, now).await?,
        _ => answer::act(&app, &letter, &wish, now).await?,
    };
    page.map(|page| sealed(StatusCode::OK, page)).ok_or(Reason::Unknown)
}

/// Provider, secret and what is pushed.
type Pushed = Path<(String, String, String)>;

async fn pushed(
    State(desk): State<Arc<Desk>>,
    path: Result<Pushed, PathRejection>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Answered {
    let (provider, secret, what) = named(path)?;
    let place = push::Place { provider: &provider, secret: &secret, what: &what };
    let from = push::source(&desk.doors, peer, request.headers());
    let site = desk.lately().await?;
    if !push::proved(&desk, &site, &place, from) {
        return Err(Reason::Unknown);
    }
    let body = body::<Bytes>(request).await?;
    let _turn = desk.turn().await?;
    let taken = push::take(&desk.app().await?, &place, &body, desk.clock.now()).await?;
    let answer = taken.ok_or(Reason::Unknown)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

/// A village's text as audio, for the device that plays it.
async fn audio(
    State(desk): State<Arc<Desk>>,
    served: Option<Extension<Arc<Served>>>,
    name: Result<Path<String>, PathRejection>,
) -> Answered {
    let name = named(name)?;
    let (code, ending) = name.rsplit_once('.').ok_or(Reason::Unknown)?;
    let letter = desk.letter(code, sound::secret).await?;
    let _turn = desk.turn().await?;
    let (app, ending) = (desk.app().await?, ending.to_owned());
    let read = tokio::task::spawn_blocking(move || app.fetched(&letter, &ending)).await;
    let (kind, bytes) = read.ok().flatten().ok_or(Reason::Unknown)?;
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_LENGTH, HeaderValue::from(bytes.len())),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((head, in_pieces(bytes.into(), served)).into_response())
}

/// Bytes that take a while on their way: until the last has been taken, their request is being answered.
fn in_pieces(bytes: Bytes, served: Option<Extension<Arc<Served>>>) -> Body {
    let pieces = bytes.len().div_ceil(PIECE);
    let piece = move |number: usize| {
        let _answered = &served;
        Ok::<Bytes, Infallible>(bytes.slice(number * PIECE..bytes.len().min((number + 1) * PIECE)))
    };
    Body::from_stream(futures_util::stream::iter((0..pieces).map(piece)))
}

/// What a path names; one that can't be read names nothing.
fn named<T>(path: Result<Path<T>, PathRejection>) -> Result<T, Reason> {
    path.map(|Path(named)| named).map_err(|_| Reason::Unknown)
}

/// What a request brings, read whole in time.
async fn body<T: FromRequest<()>>(request: Request) -> Result<T, Reason> {
    match tokio::time::timeout(LONGEST_BODY, T::from_request(request, &())).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(refused)) => Err(Reason::Request(refused.into_response().status())),
        Err(_) => Err(Reason::Request(StatusCode::REQUEST_TIMEOUT)),
    }
}

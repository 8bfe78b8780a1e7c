//! What is shown where there is nothing to show: pages for every answer of HTTP that is an error, whoever gives it.
//!
//! In: an answer, ours or the framework's. Out: the answer, or where its status is an error the page in the site's language, made once. Can't happen: an error
//! page in words that are not ours, or without our headers.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::page::{self, says};
use cuofeng_app::AppError;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};

/// Why a request gets no page of its own.
pub(super) enum Reason {
    /// The same for a code that is forged, expired or another letter's, and for an address that leads nowhere.
    Unknown,
    /// Too much is being done already.
    Busy,
    /// The request is not as it should be.
    Request(StatusCode),
    /// It failed here.
    Failed(AppError),
}

impl From<AppError> for Reason {
    fn from(error: AppError) -> Self {
        Self::Failed(error)
    }
}

impl From<cuofeng_store::StoreError> for Reason {
    fn from(error: cuofeng_store::StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl IntoResponse for Reason {
    /// The status alone.
    fn into_response(self) -> Response {
        let status = match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Request(status) => status,
            Self::Failed(error) => {
                tracing::error!(%error, "a page could not be shown");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        status.into_response()
    }
}

/// Every such page.
pub(super) struct Amiss {
    pages: BTreeMap<u16, String>,
    busy: Vec<u8>,
}

impl Amiss {
    pub(super) fn new(lang: Lang) -> Self {
        let page = |status: u16| (status, says(lang, &title(status), &text(status).text(lang)));
        let pages: BTreeMap<u16, String> =
            [400, 404, 405, 408, 413, 414, 415, 422, 431, 500, 503].into_iter().map(page).collect();
        let page = pages.get(&503).map_or("", String::as_str);
        let headers = HEADERS.iter().fold(String::new(), |all, (name, value)| all + &format!("{name}: {value}\r\n"));
        let busy = format!(
            "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/html; charset=utf-8\r\nretry-after: {RETRY}\r\n\
             connection: close\r\ncontent-length: {}\r\n{headers}\r\n{page}",
            page.len()
        );
        Self { busy: busy.into_bytes(), pages }
    }

    /// A whole answer for a connection that there is no room for.
    pub(super) fn busy(&self) -> &[u8] {
        &self.busy
    }

    /// The answer itself, or our page where it is an error.
    pub(super) fn worded(&self, response: Response) -> Response {
        let status = response.status();
        if !(status.is_client_error() || status.is_server_error()) {
            return response;
        }
        let page = self.pages.get(&status.as_u16()).or_else(|| self.pages.get(&500)).cloned().unwrap_or_default();
        let mut ours = sealed(status, page);
        // Which methods there are.
        if let Some(allow) = response.headers().get(header::ALLOW) {
            ours.headers_mut().insert(header::ALLOW, allow.clone());
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            ours.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY));
        }
        ours
    }
}

/// Seconds after which to come again.
const RETRY: &str = "10";

/// No browser keeps the page, no other page frames it, and it tells no other server where it was.
const HEADERS: [(header::HeaderName, &str); 4] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CONTENT_SECURITY_POLICY, page::POLICY),
];

/// A page with our headers.
pub(super) fn sealed(status: StatusCode, page: String) -> Response<Body> {
    let mut response = (status, Html(page)).into_response();
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn title(status: u16) -> Message {
    match status {
        404 => msg!("page.unknown_title"),
        400..=499 => msg!("page.amiss_title"),
        503 => msg!("page.busy_title"),
        _ => msg!("page.failed_title"),
    }
}

fn text(status: u16) -> Message {
    match status {
        404 => msg!("page.unknown"),
        405 => msg!("page.method"),
        408 => msg!("page.slow"),
        413 | 414 | 431 => msg!("page.large"),
        400..=499 => msg!("page.form"),
        503 => msg!("page.busy"),
        _ => msg!("page.failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_in_our_words_and_every_other_answer_is_left_alone() {
        for lang in [Lang::Zh, Lang::En] {
            let amiss = Amiss::new(lang);
            for status in 400..600 {
                let status = StatusCode::from_u16(status).expect("a status");
                let theirs = (status, [(header::ALLOW, "GET")], "Failed to deserialize form body").into_response();
                let ours = amiss.worded(theirs);
                assert_eq!(ours.status(), status);
                for (name, value) in HEADERS {
                    assert_eq!(ours.headers()[name], value, "{status}");
                }
                assert_eq!(ours.headers()[header::ALLOW], "GET");
                assert!(ours.headers()[header::CONTENT_TYPE].to_str().expect("text").starts_with("text/html"));
            }
            let whole = String::from_utf8(amiss.busy().to_vec()).expect("UTF-8");
            let (head, page) = whole.split_once("\r\n\r\n").expect("a head");
            assert!(head.contains(&format!("content-length: {}\r\n", page.len())), "{head}");
            assert!(page.contains(&msg!("page.busy").text(lang)), "{page}");
            let fine = amiss.worded((StatusCode::OK, "{}").into_response());
            assert!(fine.headers().get(header::CONTENT_SECURITY_POLICY).is_none());
        }
    }
}

//! A page that panics: its reader is told that it can't be opened, duty staff that the program failed.
//!
//! In: a request. Out: what the pages answer, or a status that says it failed, and that on record. Can't happen: a connection that ends
//! without an answer; the program's words on somebody's screen.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::desk::Desk;
use cuofeng_base::caught;

/// Answers a request whatever a page does.
pub(super) async fn caught(State(desk): State<Arc<Desk>>, request: Request, next: Next) -> Response {
    match caught::future(next.run(request)).await {
        Ok(response) => response,
        Err(words) => {
            tracing::error!(words, "a page ended by itself");
            tell(&desk, &words).await;
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Tells duty staff. That fails on its own: the reader is answered all the same.
async fn tell(desk: &Desk, words: &str) {
    let told = match desk.app().await {
        Ok(app) => caught::future(app.alarms().tell_page(words, desk.clock.now())).await,
        Err(error) => Ok(Err(error)),
    };
    match told {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!(%error, "nobody could be told that a page failed"),
        Err(words) => tracing::error!(words, "nobody could be told that a page failed"),
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use axum::{Router, middleware};

    use super::*;
    use crate::amiss::Amiss;
    use cuofeng_app::App;
    use cuofeng_base::text::Lang;
    use cuofeng_office::clock::Clock;
    use cuofeng_office::config::Doors;

    async fn page() -> &'static str {
        panic!("a wrong\nturn")
    }

    #[tokio::test]
    async fn a_page_that_panics_is_answered_and_duty_staff_hear_of_it_once() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().expect("a folder");
        for (path, bytes) in cuofeng_office::embedded::EXAMPLE {
            let target = folder.path().join(path);
            std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
            std::fs::write(target, bytes).expect("a file");
        }
        let (clock, _) = Clock::by_hand("2026-09-12T00:00:00Z".parse().expect("a time"));
        // The worker has made the database.
        App::look(folder.path()).await.expect("a site").store.close().await;
        let amiss = Arc::new(Amiss::new(Lang::Zh));
        let desk = Arc::new(Desk::new(folder.path().to_owned(), clock, Doors::default()));
        let worded = middleware::map_response(move |response: Response| {
            let response = amiss.worded(response);
            async { response }
        });
        let pages = Router::new()
            .route("/", get(page))
            .layer(middleware::from_fn_with_state(Arc::clone(&desk), caught))
            .layer(worded);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, pages).await });
        for _ in 0..2 {
            let answer = reqwest::get(&url).await.expect("an answer");
            assert_eq!(answer.status().as_u16(), 500);
            assert!(answer.headers().contains_key("content-security-policy"), "in our own words and headers");
            let page = answer.text().await.expect("a page");
            assert!(page.contains("暂时打不开") && !page.contains("wrong"), "{page}");
        }
        let app = App::look(folder.path()).await.expect("a site");
        let letters: Vec<(String, String)> =
            sqlx::query_as("select o.notice, w.body from outbox o join letter_text w on w.outbox = o.id")
                .fetch_all(app.store.pool())
                .await
                .expect("letters");
        assert!(!letters.is_empty() && letters.iter().all(|(notice, _)| notice.contains(".r1.raise.")), "{letters:?}");
        assert!(letters.iter().all(|(_, body)| body.contains("程序出错：a wrong turn")), "{letters:?}");
        let people = app.site.roster.staff.iter().filter(|m| app.site.shift(app_now()).has(m)).count();
        assert_eq!(letters.len(), people, "each of those on duty once");
    }

    fn app_now() -> chrono::DateTime<chrono::Utc> {
        "2026-09-12T00:00:00Z".parse().expect("a time")
    }
}

//! `cuofeng run`: the service.

use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Call;
use crate::app::clock::Clock;
use crate::app::{App, service};
use crate::console::Console;

/// Works until SIGTERM or SIGINT, then finishes what is in hand.
pub async fn run(call: &Call) -> anyhow::Result<ExitCode> {
    let mut app = App::start(&call.site(), Clock::system()).await?;
    tracing::info!(site = %app.site.root.display(), "working");
    for plan in &app.site.config.schedule.plans {
        tracing::info!(job = plan.job.name(), at = plan.line, "planned");
    }
    let stop = CancellationToken::new();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let bell = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping after the work in hand");
        bell.cancel();
    });
    let pages = match &app.site.config.console {
        Some(console) => {
            let (root, clock, lang) = (app.site.root.clone(), app.clock.clone(), app.site.config.language);
            let pages = Console::listen(root, clock, lang, console.listen).await?;
            tracing::info!(address = ?pages.address(), "pages");
            Some(tokio::spawn(pages.serve(stop.clone())))
        }
        None => None,
    };
    service::run(&mut app, &stop).await?;
    if let Some(pages) = pages {
        pages.await??;
    }
    app.store.close().await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

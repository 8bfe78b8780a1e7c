//! `cuofeng run`: the service.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Call;
use cuofeng_app::App;
use cuofeng_console::Console;
use cuofeng_office::clock::Clock;
use cuofeng_office::config::Doors;
use cuofeng_service::{descriptors, service};

/// How long what is in hand may take after the service was told to stop. What takes longer is left as a crash would
/// leave it: a letter whose far side has not answered by then is `sending`, and at the next start is asked about or
/// listed as unknown.
const GRACE: Duration = Duration::from_secs(8);

/// Works until SIGTERM or SIGINT, then finishes what is in hand, as far as that takes no longer than some seconds.
pub async fn run(call: &Call) -> anyhow::Result<ExitCode> {
    let limit = descriptors::raise();
    let mut app = App::start_again(&call.site(), Clock::system()).await?;
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
            let connections = descriptors::share(limit, console.doors.connections);
            let doors = Doors { connections, ..console.doors.clone() };
            let pages = Console::listen(root, clock, lang, console.listen).await?.with(doors);
            tracing::info!(address = ?pages.address(), "pages");
            Some(tokio::spawn(pages.serve(stop.clone())))
        }
        None => None,
    };
    let ends = stop.clone();
    // A task of its own: a long calculation in it must not keep the clock from running out.
    let work = tokio::spawn(async move {
        let worked = service::run(&mut app, &ends).await;
        app.store.close().await;
        worked
    });
    let all = async {
        let worked = work.await;
        stop.cancel();
        if let Some(pages) = pages {
            pages.await?;
        }
        worked
    };
    if let Some(ended) = within(GRACE, &stop, all).await {
        ended??;
        tracing::info!("stopped");
    } else {
        tracing::warn!("stopped with work in hand; what was being sent is asked about at the next start");
    }
    Ok(ExitCode::SUCCESS)
}

/// What came of work that goes on until `stop`; nothing where it has not ended within the grace after that.
async fn within<T>(grace: Duration, stop: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    let overdue = async {
        stop.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        done = work => Some(done),
        () = overdue => None,
    }
}

//! Work beside the service.
//!
//! In: work that may block or hang. Out: what came of it. Can't happen: an end of the process that waits for it; work that
//! ended by itself taken for done.

use std::io;

/// Does what may block or hang on a thread of its own, which the end of the process does not wait for.
///
/// # Errors
/// The work panicked, or there is no thread to be had.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let (done, result) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("backup".to_owned()).spawn(move || {
        let _ = done.send(work());
    })?;
    result.await.map_err(|_| io::Error::other("the work ended by itself"))
}

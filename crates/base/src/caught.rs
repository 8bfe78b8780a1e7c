//! Panics as outcomes: what failed in the middle of its work has failed, and the rest goes on.
//!
//! In: work that may panic. Out: its result, or the panic's words. Can't happen: a panic that ends more than the work it
//! happened in; words that do anything to the terminal or file they are written to.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use crate::text::outside;

/// How many characters of a panic's words are kept.
const WORDS: usize = 200;

/// The result of work that waits for others, or the words of its panic.
///
/// # Errors
/// It panicked.
pub async fn future<T>(work: impl Future<Output = T>) -> Result<T, String> {
    let mut work = pin!(work);
    poll_fn(|context| match caught(|| work.as_mut().poll(context)) {
        Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
        Ok(Poll::Pending) => Poll::Pending,
        Err(words) => Poll::Ready(Err(words)),
    })
    .await
}

/// The result of work, or the words of its panic.
///
/// # Errors
/// It panicked.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| words(panic.as_ref()))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
    outside::line(text).chars().take(WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_its_words_without_what_a_terminal_would_obey() {
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught(|| panic!("red \u{1b}[31m\r\nline")), Err::<(), _>("red [31m line".to_owned()));
        assert_eq!(caught(|| panic!("{}", "x".repeat(999))), Err::<(), _>("x".repeat(WORDS)));
    }
}

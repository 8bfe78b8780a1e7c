//! Texts being spoken beside everything else, one after another.
//!
//! In: texts. Out: their audio on disk, and a sign when one is done. Can't happen: anybody held up who did not ask to
//! wait; two commands of one engine at a time; one that goes on when the engine is no longer used.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use tokio::sync::watch;

use super::SoundError;
use cuofeng_base::caught::caught;

/// How it went, or when it failed and why.
pub(super) type Last = Result<(), (Instant, String)>;

/// What makes the audio of a text; told when nobody wants it any more.
pub(super) type Make = dyn Fn(&str, &AtomicBool) -> Result<(), SoundError> + Send + Sync;

/// Who makes it, and what waits for that.
#[derive(Debug)]
pub(super) struct Maker {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Counted up when a text is done, or given up.
    done: watch::Sender<u64>,
    unwanted: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<String>,
    in_hand: Option<String>,
    at_work: bool,
    last: Option<Last>,
}

impl Default for Maker {
    fn default() -> Self {
        let shared = Shared { state: Mutex::default(), done: watch::Sender::new(0), unwanted: AtomicBool::new(false) };
        Self { shared: Arc::new(shared), thread: Mutex::default() }
    }
}

impl Maker {
    /// How it went when a text was last made; none where none was yet.
    pub(super) fn last(&self) -> Option<Last> {
        self.shared.state().last.clone()
    }

    /// Changes when a text is done, or given up.
    pub(super) fn done(&self) -> watch::Receiver<u64> {
        self.shared.done.subscribe()
    }

    /// Has a text made, before the others where somebody is waiting for it. Gives how many come before it.
    pub(super) fn want(&self, text: &str, first: bool, make: Arc<Make>) -> usize {
        let mut state = self.shared.state();
        let busy = usize::from(state.in_hand.is_some());
        if state.in_hand.as_deref() == Some(text) {
            return 0;
        }
        if let Some(place) = state.waiting.iter().position(|waiting| waiting == text) {
            return place + busy;
        }
        if first {
            state.waiting.push_front(text.to_owned());
        } else {
            state.waiting.push_back(text.to_owned());
        }
        let place = if first { 0 } else { state.waiting.len() - 1 } + busy;
        if !state.at_work {
            state.at_work = true;
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new().name("voice".to_owned()).spawn(move || shared.work(make.as_ref()));
            match thread {
                Ok(thread) => *self.thread.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread),
                Err(error) => {
                    state.at_work = false;
                    state.give_up(error.to_string());
                    self.shared.done.send_modify(|count| *count += 1);
                }
            }
        }
        place
    }
}

impl Drop for Maker {
    fn drop(&mut self) {
        self.shared.unwanted.store(true, Ordering::Relaxed);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A command is ended within moments, with all that it started.
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes what waits until nothing does.
    fn work(&self, make: &Make) {
        loop {
            // Let go of at once: who asks meanwhile must not wait.
            let next = self.state().next(&self.unwanted);
            let Some(text) = next else { return };
            let came = caught(|| make(&text, &self.unwanted));
            let why = match came {
                Ok(came) => came.map_err(|error| error.to_string()).err(),
                Err(words) => Some(format!("panic: {words}")),
            };
            let mut state = self.state();
            state.in_hand = None;
            match why {
                None => state.last = Some(Ok(())),
                Some(why) => state.give_up(why),
            }
            drop(state);
            self.done.send_modify(|count| *count += 1);
        }
    }
}

impl State {
    fn next(&mut self, unwanted: &AtomicBool) -> Option<String> {
        let next = self.waiting.pop_front().filter(|_| !unwanted.load(Ordering::Relaxed));
        self.in_hand.clone_from(&next);
        self.at_work = next.is_some();
        next
    }

    /// What one text showed of the engine holds of those that wait.
    fn give_up(&mut self, why: String) {
        self.waiting.clear();
        self.last = Some(Err((Instant::now(), why)));
    }
}

//! The one clock of a site at work (decision 14 in `docs/decisions.md`).
//!
//! In: nothing, or a hand that moves it. Out: the time by the wall, and the time that only counts on. Can't happen: a
//! service that asks the system for the time beside it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use crate::schedule::Moment;

/// A clock: the system's, or one moved by hand.
#[derive(Debug, Clone)]
pub struct Clock(Kind);

#[derive(Debug, Clone)]
enum Kind {
    System(Instant),
    Hand(Arc<Mutex<Moment>>),
}

/// Moves a clock.
#[derive(Debug, Clone)]
pub struct Hand(Arc<Mutex<Moment>>);

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System(Instant::now()))
    }

    /// A clock that stands at `now` until its hand moves it.
    #[must_use]
    pub fn by_hand(now: DateTime<Utc>) -> (Self, Hand) {
        let shared = Arc::new(Mutex::new(Moment { wall: now, steady: Duration::ZERO }));
        (Self(Kind::Hand(Arc::clone(&shared))), Hand(shared))
    }

    /// The time by the wall clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.moment().wall
    }

    /// The time by both clocks.
    #[must_use]
    pub fn moment(&self) -> Moment {
        match &self.0 {
            Kind::System(since) => Moment { wall: Utc::now(), steady: since.elapsed() },
            Kind::Hand(moment) => *moment.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }
}

/// A clock that stands.
impl From<DateTime<Utc>> for Clock {
    fn from(now: DateTime<Utc>) -> Self {
        Self::by_hand(now).0
    }
}

impl Hand {
    /// Time goes by.
    pub fn step(&self, by: Duration) {
        let mut moment = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        moment.steady += by;
        moment.wall += by;
    }

    /// Somebody sets the wall clock, or the machine slept.
    pub fn set(&self, now: DateTime<Utc>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).wall = now;
    }
}

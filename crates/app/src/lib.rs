//! A site at work: what an office decides, tells, hears and does, step by step.
//!
//! In: a site folder and `now`. Out: [`App`], which starts, reads its files again, runs a cycle and hands out services; each
//! service does one part of the work with what it needs. Can't happen: a command, a page and a job that do the same thing by
//! different functions.
#![forbid(unsafe_code)]

pub mod answering;
mod app;
mod channels;
pub mod deciding;
pub mod delivering;
mod error;
mod feeds;
pub mod judging;
pub mod keeping;
pub mod pulling;
mod refusal;
mod report;
mod secrets;
mod services;
mod sms;
pub mod sounds;
mod speakers;
pub mod telling;
pub mod watching;

pub use self::app::{App, feed};
pub use self::channels::{sender, sender_untaken};
pub use self::error::AppError;
pub use self::judging::book::Book;
pub use self::judging::effects::Effect;
pub use self::keeping::good::Behind;
pub use self::refusal::{Answer, Refusal};
pub use self::report::{Line, Report};
pub use self::secrets::secret;

cuofeng_base::catalogue!(["alarm", "app", "feeds"], on [cuofeng_replay, cuofeng_outbox, cuofeng_office]);

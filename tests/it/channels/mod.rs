//! Ways out and back: mail, short messages, loudspeakers, voice, against far sides of others and of our own.

mod bounce_mailbox;
mod far_ways;
mod mail_readers;
mod outbox;
mod postfix;
mod proxy;
mod secrets;
#[cfg(feature = "smpp")]
mod smpp;
mod sms;
mod smtp;
mod speakers;
mod voice;

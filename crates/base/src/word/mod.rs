//! Small words that every part knows: forms, channels, modes, limits, terms, the site's identity.
//!
//! In: a word of a file, the database or a person. Out: one of a closed list. Can't happen: a word that stands for two
//! things.

mod channel;
mod form;
pub mod identity;
mod limit;
mod mode;
mod routes;
mod terms;
mod words;

pub use channel::ChannelName;
pub use form::Form;
pub use identity::Identity;
pub use limit::{Limit, Window};
pub use mode::Mode;
pub use routes::Routes;
pub use terms::Terms;

//! What a person's request came to.
//!
//! In: a request. Out: what was done, or why not, in words. Can't happen: a refusal without its reason.

use cuofeng_base::text::Message;

/// Why something asked of an episode is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub Message);

/// What became of a request.
pub type Answer = Result<Message, Refusal>;

pub(crate) const fn refuse(message: Message) -> Answer {
    Err(Refusal(message))
}

//! What comes back: answers, reports, calls, what people pass on; and who is asked next.
//!
//! In: answers by pages, replies and staff. Out: answers on record, reminders, the list of calls. Can't happen: a reminder
//! after the answer it asks for.

pub mod answers;
pub mod calls;
pub mod contact;
pub mod hand;
pub mod numbers;
pub mod remind;
pub mod replies;
pub mod unable;

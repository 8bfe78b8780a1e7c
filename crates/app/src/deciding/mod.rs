//! Decisions carried out: revisions composed, written, told at once or drafted, and changed by people.
//!
//! In: decisions, and what people want of a warning. Out: revisions with their notices, in one transaction. Can't happen: a
//! revision without its notices; a draft released by its author.

pub mod ask;
pub mod compose;
pub mod decide;
pub mod drafts;
pub mod edits;
pub mod open;
pub mod wording;
pub mod write;

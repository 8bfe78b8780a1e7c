//! What rules answer: the rules in force, what is known beside the forecast, the decision of one scene.
//!
//! In: rules, a merged forecast. Out: verdicts and decisions with their reasons. Can't happen: something told or written of
//! an episode.

pub mod book;
pub mod effects;
pub mod judge;
pub mod known;
pub mod pending;
pub mod scene;
pub mod unheard;

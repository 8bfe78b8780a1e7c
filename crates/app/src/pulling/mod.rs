//! What the site knows of the air: brought by feeds, entered by people, merged, scored.
//!
//! In: the feeds, a person's word. Out: runs, observations, orders and hot spots on record; one series a region. Can't
//! happen: a decision; a value of a feed for verification only that decides.

pub mod backfill;
pub mod freshness;
pub mod issued;
pub mod keep;
pub mod merge;
pub mod past;
pub mod pull;
pub mod score;
pub mod unplaced;
pub mod versions;
pub mod words;

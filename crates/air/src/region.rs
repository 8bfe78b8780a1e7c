//! A region with a forecast of its own.
//!
//! In: what the site file says of it. Out: its name and place. Can't happen: a place that is none.

use crate::fire::Place;

/// A region with a forecast of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Identifier, as feeds and the database use it.
    pub id: String,
    /// Name, as notices print it.
    pub name: String,
    /// Where it is, for feeds that ask by place.
    pub place: Option<Place>,
    /// The city it belongs to, for feeds that ask by city.
    pub city: Option<String>,
}

//! Fire hot spots seen by satellites, and how far they are from a place.
//!
//! In: hot spots as a feed read them. Out: those within a distance of a place in a time. Can't happen: a place
//! outside the globe.

use chrono::{DateTime, Utc};

/// A place on the globe, in millionths of a degree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    latitude: i32,
    longitude: i32,
}

impl Place {
    /// The place at `latitude`, `longitude`, both in millionths of a degree (north and east positive).
    #[must_use]
    pub const fn new(latitude: i32, longitude: i32) -> Option<Self> {
        let fine = latitude.unsigned_abs() <= 90_000_000 && longitude.unsigned_abs() <= 180_000_000;
        if fine { Some(Self { latitude, longitude }) } else { None }
    }

    /// Degrees north, in millionths.
    #[must_use]
    pub const fn latitude(self) -> i32 {
        self.latitude
    }

    /// Degrees east, in millionths.
    #[must_use]
    pub const fn longitude(self) -> i32 {
        self.longitude
    }

    /// Great-circle distance in whole metres on a sphere of 6,371,009 m (the mean radius of the IUGG).
    #[must_use]
    pub fn metres_to(self, other: Self) -> u32 {
        let radians = |millionths: i32| (f64::from(millionths) / 1e6).to_radians();
        let (lat1, lat2) = (radians(self.latitude), radians(other.latitude));
        let half = |a: f64, b: f64| ((a - b) / 2.0).sin().powi(2);
        let chord =
            half(lat1, lat2) + lat1.cos() * lat2.cos() * half(radians(self.longitude), radians(other.longitude));
        let metres = 2.0 * 6_371_009.0 * chord.sqrt().clamp(0.0, 1.0).asin();
        // At most half the circumference, 20,015 km: fits.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let metres = metres.round() as u32;
        metres
    }
}

/// How sure the satellite's algorithm is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Low: sun glint and weak anomalies.
    Low,
    /// Nominal.
    Nominal,
    /// High: saturated pixels.
    High,
}

impl Confidence {
    /// The name in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Nominal => "nominal",
            Self::High => "high",
        }
    }

    /// The confidence with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Low, Self::Nominal, Self::High].into_iter().find(|c| c.name() == name)
    }
}

/// A hot spot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fire {
    /// When the satellite passed.
    pub at: DateTime<Utc>,
    /// The middle of its pixel.
    pub place: Place,
    /// Satellite, as the source names it.
    pub satellite: String,
    /// How sure.
    pub confidence: Confidence,
    /// Radiative power in thousandths of a megawatt, where given.
    pub power: Option<i32>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_agree_with_known_ones() {
        let place = |lat, lon| Place::new(lat, lon).expect("a place");
        // One degree of a great circle is 2πR/360 = 111,195 m; a quarter of the globe 10,007,558 m.
        assert_eq!(place(0, 0).metres_to(place(1_000_000, 0)), 111_195);
        assert_eq!(place(0, 0).metres_to(place(0, 90_000_000)), 10_007_558);
        assert_eq!(place(0, 179_500_000).metres_to(place(0, -179_500_000)), 111_195);
        assert_eq!(place(29_000_000, 106_000_000).metres_to(place(29_000_000, 106_000_000)), 0);
        assert_eq!(place(90_000_000, 0).metres_to(place(-90_000_000, 0)), 20_015_115);
        assert_eq!(Place::new(90_000_001, 0), None);
    }
}

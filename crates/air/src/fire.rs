//! Fire hot spots seen by satellites, and how far they are from a place.
//!
//! In: hot spots as a feed read them. Out: those within a distance of a place in a time, and which of them are one fire.
//! Can't happen: a place outside the globe; one fire counted twice because two satellites, or two processings of one
//! picture, saw it.

use chrono::{DateTime, Duration, Utc};

/// How far apart two sightings of one pixel lie at most, in metres: its middle, as two processings place it.
const SAME_PIXEL: u32 = 100;

/// How far apart two satellites, or two passes, place one fire: a pixel of VIIRS, in metres.
const SAME_FIRE: u32 = 375;

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

impl Fire {
    /// Whether another sighting is this one again, by another processing of the same picture.
    #[must_use]
    pub fn is_again(&self, other: &Self) -> bool {
        self.is_of_one_pass(other) && self.place.metres_to(other.place) < SAME_PIXEL
    }

    /// Whether two sightings are of one fire. Of one pass, pixels side by side are hot spots of their own.
    #[must_use]
    pub fn is_one_with(&self, other: &Self) -> bool {
        let metres = if self.is_of_one_pass(other) { SAME_PIXEL } else { SAME_FIRE };
        self.place.metres_to(other.place) < metres
    }

    fn is_of_one_pass(&self, other: &Self) -> bool {
        self.satellite == other.satellite && (self.at - other.at).abs() < Duration::minutes(10)
    }
}

/// Sightings without those that stand there again; of two the surer one stays.
#[must_use]
pub fn once(mut fires: Vec<Fire>) -> Vec<Fire> {
    fires.sort_by_key(|fire| std::cmp::Reverse(fire.confidence));
    let mut out: Vec<Fire> = Vec::with_capacity(fires.len());
    for fire in fires {
        if !out.iter().rev().any(|kept| kept.is_again(&fire)) {
            out.push(fire);
        }
    }
    out.sort();
    out
}

/// The number of the fire that each sighting is of.
#[must_use]
pub fn numbered(fires: &[Fire]) -> Vec<usize> {
    let mut first: Vec<(usize, &Fire)> = Vec::new();
    let mut numbers = Vec::with_capacity(fires.len());
    for (at, fire) in fires.iter().enumerate() {
        let known = first.iter().find(|(_, other)| other.is_one_with(fire)).map(|(number, _)| *number);
        if known.is_none() {
            first.push((at, fire));
        }
        numbers.push(known.unwrap_or(at));
    }
    numbers
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

    #[test]
    fn one_fire_is_one_whoever_saw_it_and_pixels_side_by_side_of_one_pass_are_two() {
        let fire = |minutes: i64, north: i32, satellite: &str| Fire {
            at: DateTime::from_timestamp(1_786_500_000 + minutes * 60, 0).expect("a time"),
            place: Place::new(29_600_120 + north, 107_600_340).expect("a place"),
            satellite: satellite.to_owned(),
            confidence: Confidence::Nominal,
            power: None,
        };
        // A ten-thousandth of a degree of latitude is 11 m.
        let seen = [
            fire(0, 0, "N20"),
            fire(0, 10, "N20"),
            fire(0, 3_000, "N20"),
            fire(50, 1_000, "N21"),
            fire(50, 9_000, "N21"),
        ];
        assert_eq!(numbered(&seen), [0, 0, 2, 0, 4]);
        let low = Fire { confidence: Confidence::Low, ..fire(0, 0, "N20") };
        let kept = once(vec![low, fire(0, 10, "N20"), fire(0, 3_000, "N20"), fire(720, 0, "N20")]);
        let confidences: Vec<_> = kept.iter().map(|f| f.confidence).collect();
        assert_eq!(confidences, [Confidence::Nominal; 3], "the surer of two, and every other pass");
    }
}

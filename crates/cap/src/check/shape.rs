//! Polygons and circles of an area (OASIS CAP 1.2, 3.2.4).
//!
//! In: the text. Out: the first thing wrong with it. Can't happen: a test of crossing lines that takes minutes.

use crate::Kind;

/// Lines are tested for crossing pair by pair; with more points it would take too long to be worth it.
const MAX_CROSSING_POINTS: usize = 500;

/// Latitude and longitude, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Point {
    latitude: f64,
    longitude: f64,
}

fn number(text: &str) -> Option<f64> {
    // `f64` also reads `inf`, `NaN` and `1e3`, which no receiver expects.
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
    text.parse().ok().filter(|_| plain)
}

fn point(text: &str) -> Option<Point> {
    let (latitude, longitude) = text.split_once(',')?;
    let point = Point { latitude: number(latitude)?, longitude: number(longitude)? };
    (point.latitude.abs() <= 90.0 && point.longitude.abs() <= 180.0).then_some(point)
}

/// What is wrong with a polygon. `117.1,25.1` is the usual slip in China: its latitude is out of range.
pub(super) fn polygon(text: &str) -> Option<(Kind, String)> {
    let mut points = Vec::new();
    for part in text.split_whitespace() {
        match point(part) {
            Some(point) => points.push(point),
            None => return Some((Kind::PolygonForm, part.to_owned())),
        }
    }
    if points.len() < 4 {
        return Some((Kind::PolygonFewPoints, points.len().to_string()));
    }
    if points.first() != points.last() {
        let last = text.split_whitespace().last().unwrap_or_default();
        return Some((Kind::PolygonOpen, last.to_owned()));
    }
    crosses(&points).then(|| (Kind::PolygonCrosses, points.len().to_string()))
}

/// Whether a circle reads `latitude,longitude radius`.
pub(super) fn is_circle(text: &str) -> bool {
    let mut parts = text.split_whitespace();
    let (Some(centre), Some(radius), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    point(centre).is_some() && number(radius).is_some_and(|r| r >= 0.0)
}

/// Whether two lines of a ring cross that are not neighbours.
fn crosses(ring: &[Point]) -> bool {
    if ring.len() > MAX_CROSSING_POINTS {
        return false;
    }
    let lines: Vec<&[Point]> = ring.windows(2).collect();
    lines.iter().enumerate().any(|(i, one)| {
        // The first and the last line meet in the ring's first point.
        let others = lines.iter().enumerate().skip(i + 2).filter(|(j, _)| i != 0 || j + 1 != lines.len());
        others.into_iter().any(|(_, other)| cut(one, other))
    })
}

fn cut(one: &[Point], other: &[Point]) -> bool {
    let (&[a, b], &[c, d]) = (one, other) else { return false };
    let side = |p: Point, q: Point, r: Point| {
        (q.longitude - p.longitude) * (r.latitude - p.latitude)
            - (q.latitude - p.latitude) * (r.longitude - p.longitude)
    };
    side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
}

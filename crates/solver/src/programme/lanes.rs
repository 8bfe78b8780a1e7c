//! Rows of cells worked out a few at a time.
//!
//! In: rows of equal length, a whole number of lanes. Out: sums and minima, cell by cell. Can't happen: a result that
//! depends on the number of lanes.

/// Cells worked out together.
pub(super) const LANES: usize = 4;

/// Each cell is the one before, at a cost. Lengths are equal, and whole lanes.
pub(super) fn carry(to: &mut [f64], from: &[f64], cost: f64) {
    for (to, from) in to.as_chunks_mut::<LANES>().0.iter_mut().zip(from.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            to[lane] = from[lane] + cost;
        }
    }
}

/// Each cell is the cheaper of two ways. Lengths are equal, and whole lanes.
pub(super) fn choose(to: &mut [f64], one: (&[f64], f64), other: (&[f64], f64)) {
    let ways = one.0.as_chunks::<LANES>().0.iter().zip(other.0.as_chunks::<LANES>().0);
    for (to, (a, b)) in to.as_chunks_mut::<LANES>().0.iter_mut().zip(ways) {
        for lane in 0..LANES {
            let (a, b) = (a[lane] + one.1, b[lane] + other.1);
            to[lane] = if b < a { b } else { a };
        }
    }
}

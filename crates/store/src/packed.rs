//! Columns of hourly values as one stored value.
//!
//! In: columns. Out: bytes, and back. For each variable its number (1 byte), first hour (8, big-endian), count (4,
//! big-endian), then the thousandths as little-endian i32. Can't happen: bytes that read back in part.

use cuofeng_air::forecast::{Column, Columns, Variable};
use cuofeng_base::time::Hour;

/// The columns as bytes; columns without values are left out.
#[must_use]
pub fn pack(columns: &Columns) -> Vec<u8> {
    let size: usize = columns.values().map(|c| 13 + 4 * c.values.len()).sum();
    let mut bytes = Vec::with_capacity(size);
    for (variable, column) in columns.iter().filter(|(_, c)| !c.values.is_empty()) {
        let Ok(count) = u32::try_from(column.values.len()) else { continue };
        bytes.push(*variable as u8);
        bytes.extend_from_slice(&column.first.0.to_be_bytes());
        bytes.extend_from_slice(&count.to_be_bytes());
        bytes.extend(column.values.iter().flat_map(|v| v.to_le_bytes()));
    }
    bytes
}

/// The columns of bytes; nothing where they are not whole.
#[must_use]
pub fn unpack(mut bytes: &[u8]) -> Option<Columns> {
    let mut columns = Columns::new();
    while let Some((number, rest)) = bytes.split_first() {
        let (first, rest) = rest.split_first_chunk::<8>()?;
        let (count, rest) = rest.split_first_chunk::<4>()?;
        let count = usize::try_from(u32::from_be_bytes(*count)).ok()?;
        let (values, rest) = rest.split_at_checked(count.checked_mul(4)?)?;
        let variable = Variable::ALL.get(usize::from(*number)).copied()?;
        let values = values.as_chunks::<4>().0.iter().map(|v| i32::from_le_bytes(*v)).collect();
        columns.insert(variable, Column { first: Hour(i64::from_be_bytes(*first)), values });
        bytes = rest;
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            columns in prop::collection::btree_map(0..14_usize, (-1_000_000..1_000_000_i64, prop::collection::vec(any::<i32>(), 1..50)), 0..14)
        ) {
            let columns: Columns = columns
                .into_iter()
                .map(|(v, (first, values))| (Variable::ALL[v], Column { first: Hour(first), values }))
                .collect();
            let bytes = pack(&columns);
            prop_assert_eq!(unpack(&bytes), Some(columns));
            for cut in 1..bytes.len().min(40) {
                let part = unpack(&bytes[..bytes.len() - cut]);
                prop_assert!(part.is_none_or(|p| pack(&p).len() == bytes.len() - cut));
            }
        }
    }
}

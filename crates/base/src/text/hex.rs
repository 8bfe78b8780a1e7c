//! Bytes in digits.
//!
//! In: bytes. Out: two small hexadecimal digits for each. Can't happen: a digest that is written in two ways.

/// Bytes in small hexadecimal digits, two for each.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::hex;

    #[test]
    fn every_byte_has_two_digits() {
        assert_eq!(hex(&[0, 9, 0x0f, 0xa0, 0xff]), "00090fa0ff");
        assert_eq!(hex(&[]), "");
    }
}

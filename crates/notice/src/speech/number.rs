//! Numbers as Chinese words.
//!
//! In: digits as written. Out: the words an announcer says. Can't happen: a digit left over; a number rounded.

const DIGITS: [&str; 10] = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// A digit's word; nothing for another character.
pub(super) fn digit(c: char) -> Option<&'static str> {
    DIGITS.get(c.to_digit(10)? as usize).copied()
}

/// Each digit by its name: 2026 → 二零二六.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter_map(digit).collect()
}

/// Each digit by its name, 1 read as 幺, as codes and telephone numbers are.
pub(super) fn code(text: &str) -> String {
    text.chars().filter_map(|c| if c == '1' { Some("幺") } else { digit(c) }).collect()
}

/// An integer of at most twelve digits as it is counted: 115 → 一百一十五, 10 → 十, 20005 → 两万零五.
#[must_use]
pub fn cardinal(value: u64) -> String {
    const GROUPS: [&str; 3] = ["", "万", "亿"];
    if value == 0 {
        return DIGITS[0].to_owned();
    }
    let mut out = String::new();
    let mut gap = false;
    for (place, name) in GROUPS.iter().enumerate().rev() {
        let group = value / 10_u64.pow(4 * u32::try_from(place).unwrap_or(0)) % 10_000;
        if group == 0 {
            gap = !out.is_empty();
            continue;
        }
        if gap || (!out.is_empty() && group < 1000) {
            out.push_str(DIGITS[0]);
        }
        gap = false;
        // 两万 and 两亿 at the beginning, but 十二万.
        if group == 2 && !name.is_empty() && out.is_empty() {
            out.push('两');
        } else {
            thousands(group, &mut out);
        }
        out.push_str(name);
    }
    out
}

/// One group of four digits, appended.
fn thousands(group: u64, out: &mut String) {
    let begins = out.is_empty();
    let (mut gap, mut spoken) = (false, false);
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let digit = usize::try_from(group / unit % 10).unwrap_or(0);
        if digit == 0 {
            gap = spoken;
            continue;
        }
        if gap {
            out.push_str(DIGITS[0]);
            gap = false;
        }
        // 十五 and 两千 at the beginning, 一百一十五 and 一万二千 elsewhere; 二百 and 二十 always.
        match (unit, digit) {
            (10, 1) if begins && !spoken => {}
            (1000, 2) if begins => out.push('两'),
            _ => out.push_str(DIGITS[digit]),
        }
        out.push_str(name);
        spoken = true;
    }
}

/// A number as written, without separators: `12.50` → 十二点五零. Nothing where it has more than twelve digits before
/// the point.
pub(super) fn written(whole: &str, fraction: &str) -> Option<String> {
    if whole.len() > 12 {
        return None;
    }
    let mut words = cardinal(whole.parse().ok()?);
    if !fraction.is_empty() {
        words.push('点');
        words.push_str(&digits(fraction));
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_counted_as_an_announcer_counts_them() {
        let cases = [
            (0, "零"),
            (5, "五"),
            (10, "十"),
            (15, "十五"),
            (20, "二十"),
            (105, "一百零五"),
            (110, "一百一十"),
            (115, "一百一十五"),
            (200, "二百"),
            (1005, "一千零五"),
            (1050, "一千零五十"),
            (2000, "两千"),
            (2222, "两千二百二十二"),
            (10_000, "一万"),
            (10_010, "一万零一十"),
            (20_005, "两万零五"),
            (22_000, "两万二千"),
            (120_000, "十二万"),
            (1_002_000, "一百万二千"),
            (10_500, "一万零五百"),
            (100_000_001, "一亿零一"),
            (200_020_000, "两亿零二万"),
        ];
        for (value, words) in cases {
            assert_eq!(cardinal(value), words, "{value}");
        }
        assert_eq!(written("12", "50").as_deref(), Some("十二点五零"));
        assert_eq!(written("1234567890123", ""), None);
    }
}

//! Yes and no, as people write them in a cell.
//!
//! In: a cell. Out: which it is, if it is one. Can't happen: an address or a number taken for a word.

/// What is meant; nothing where it is neither. An empty cell is neither.
pub(super) fn yes_or_no(cell: &str) -> Option<bool> {
    Some(match cell.to_ascii_lowercase().as_str() {
        "yes" | "y" | "是" | "有" | "1" | "✓" | "√" | "✔" => true,
        "no" | "n" | "否" | "无" | "没有" | "暂无" | "0" | "-" | "--" | "—" | "——" | "/" | "×" => false,
        _ => return None,
    })
}

/// What a cell says of a village's loudspeaker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Loudspeaker {
    /// There is none, or nothing is said.
    None,
    /// There is one, and nobody but people can reach it.
    ByHand,
    /// There is one at this address.
    At(String),
}

/// Reads a cell of a loudspeaker. A lone digit is an address: devices are numbered.
pub(super) fn loudspeaker(cell: &str) -> Loudspeaker {
    // `有（3台）`, `有2个`: how many there are says no more than that there are some.
    let word = cell.split(['(', '（']).next().unwrap_or("").trim();
    let counted = word.strip_suffix(['个', '台', '只', '套', '处']);
    let word = counted.map_or(word, |word| word.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end());
    if counted.is_some() && word.is_empty() {
        return Loudspeaker::ByHand;
    }
    match word {
        _ if cell.is_empty() => Loudspeaker::None,
        "有喇叭" | "有大喇叭" | "已安装" | "已装" | "已建" => Loudspeaker::ByHand,
        "无喇叭" | "无大喇叭" | "未安装" | "未装" | "未建" => Loudspeaker::None,
        word => match yes_or_no(word).filter(|_| !word.starts_with(|c: char| c.is_ascii_digit())) {
            Some(true) => Loudspeaker::ByHand,
            Some(false) => Loudspeaker::None,
            None => Loudspeaker::At(cell.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_no_address_and_an_address_no_word() {
        for cell in ["有", "是", "yes", "Y", "√", "有（3台）", "有2个", "2个", "3台", "已安装"] {
            assert_eq!(loudspeaker(cell), Loudspeaker::ByHand, "{cell}");
        }
        for cell in ["", "无", "否", "-", "—", "/", "no", "没有", "未安装"] {
            assert_eq!(loudspeaker(cell), Loudspeaker::None, "{cell}");
        }
        for cell in ["speaker-01", "1", "0", "192.0.2.7", "35001990000000103010101", "有线01", "N12"] {
            assert_eq!(loudspeaker(cell), Loudspeaker::At(cell.to_owned()), "{cell}");
        }
    }
}

//! A text for a loudspeaker that is read out by a person, on whichever day.
//!
//! In: the text. Out: the same with each day named by its date alone. Can't happen: a tomorrow that is wrong when it is read.

/// Words for a day that are wrong on the next one.
const RELATIVE: [&str; 3] = ["今天", "明天", "后天"];

/// The figures of a month or a day as they are read aloud.
const FIGURES: &str = "一二三四五六七八九十";

/// A text that is read aloud, with each day named by its date alone: 明天九月十八日 is wrong on the eighteenth.
#[must_use]
pub fn by_date(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = RELATIVE.iter().filter_map(|word| rest.find(word)).min() {
        let (before, from) = rest.split_at(at);
        let (word, after) = from.split_at(RELATIVE[0].len());
        let month = after.trim_start_matches(|c| FIGURES.contains(c));
        let dated = month.len() < after.len() && month.starts_with('月');
        out.push_str(before);
        out.push_str(if dated { "" } else { word });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_may_be_read_on_another_day_names_its_days_by_their_dates() {
        for (text, wanted) in [
            ("明天九月十八日禁止烧秸秆。", "九月十八日禁止烧秸秆。"),
            ("今天九月十七日到后天九月十九日，每天上午十点", "九月十七日到九月十九日，每天上午十点"),
            ("从明天十二月二十五日起", "从十二月二十五日起"),
            ("今天天气干燥，这几天不要烧。", "今天天气干燥，这几天不要烧。"),
        ] {
            assert_eq!(by_date(text), wanted);
        }
    }
}

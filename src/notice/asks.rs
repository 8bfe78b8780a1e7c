//! What is asked, in the few words that a short message has room for.
//!
//! In: the lines of a plan, or an order's own words. Out: one list of what stops and when it may run, the strictest
//! first, that fits its room. Can't happen: words cut in the middle; something left out without a word of where it stands.

use super::Line;
use crate::msg;
use crate::text::Lang;

/// Characters that the hole of an approved text takes (Aliyun: 35).
pub const HOLE: usize = 35;

/// Characters where any words may go.
pub const FREE: usize = 60;

/// Characters of two parts of a short message in UCS-2, which a notice keeps to where it can.
pub const TWO_PARTS: usize = 134;

/// Characters that what is asked has room for in any case.
pub const LEAST: usize = 32;

/// The same where a link leads to all of it.
pub const BESIDE_LINK: usize = 12;

/// What the lines ask, in at most `room` characters; what has no room, or differs by day, stands in the mail, or is to be
/// asked by telephone where there is no mail.
#[must_use]
pub fn of_lines(lines: &[Line], room: usize, by_mail: bool, lang: Lang) -> String {
    let mut items: Vec<(Vec<&str>, &Line)> = Vec::new();
    let says = |line: &&Line| !line.short.is_empty();
    let ordered = lines.iter().filter(|line| line.moves).chain(lines.iter().filter(|line| !line.moves));
    for line in ordered.filter(says) {
        match items.iter_mut().find(|(_, known)| (&known.short, known.moves) == (&line.short, line.moves)) {
            Some((names, _)) => names.push(&line.name),
            None => items.push((vec![&line.name], line)),
        }
    }
    if items.is_empty() {
        return msg!("asks.none").text(lang);
    }
    let items = items.iter().map(|(names, line)| {
        let (names, short) = (names.join(lang.comma()), &line.short);
        let words = if line.moves {
            msg!("asks.item", names = names, short = short)
        } else {
            msg!("asks.item_care", names = names, short = short)
        };
        words.text(lang)
    });
    let partial = lines.iter().any(|line| line.partial);
    fitted(&items.collect::<Vec<_>>(), partial, room, by_mail, lang)
}

/// The same of an order's measures, as it words them, and until when its addressees must have acted.
#[must_use]
pub fn of_order(measures: &str, deadline: &str, room: usize, by_mail: bool, lang: Lang) -> String {
    let ends = |c: char| matches!(c, '。' | '；' | ';' | '\n');
    let mut items: Vec<String> =
        measures.split(ends).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if !deadline.is_empty() {
        items.insert(items.len().min(1), msg!("asks.deadline", deadline = deadline).text(lang));
    }
    fitted(&items, false, room, by_mail, lang)
}

fn fitted(items: &[String], partial: bool, room: usize, by_mail: bool, lang: Lang) -> String {
    let more = if by_mail { msg!("asks.more") } else { msg!("asks.more_call") }.text(lang);
    let length = |text: &str| text.chars().count();
    let whole = items.join(lang.semicolon());
    if !partial && length(&whole) <= room {
        return whole;
    }
    for count in (1..=items.len()).rev() {
        let some = items.get(..count).unwrap_or(&[]).join(lang.semicolon()) + &more;
        if length(&some) <= room {
            return some;
        }
    }
    if by_mail { msg!("asks.mail") } else { msg!("asks.call") }.text(lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, short: &str, moves: bool) -> Line {
        Line { name: name.into(), text: short.into(), short: short.into(), moves, partial: false }
    }

    #[test]
    fn the_strictest_comes_first_and_what_has_no_room_is_said_to_stand_elsewhere() {
        let lines = [
            line("车辆加油", "检查油气回收设施", false),
            line("喷涂", "改在6—9时、17—22时", true),
            line("烘干", "改在6—9时、17—22时", true),
        ];
        let asks = |room, by_mail| of_lines(&lines, room, by_mail, Lang::Zh);
        assert_eq!(asks(60, true), "喷涂、烘干改在6—9时、17—22时；车辆加油：检查油气回收设施");
        assert_eq!(asks(28, true), "喷涂、烘干改在6—9时、17—22时，其余见邮件");
        assert_eq!(asks(28, false), "喷涂、烘干改在6—9时、17—22时，其余请来电");
        assert_eq!(asks(10, true), "工序和钟点见邮件");
        assert_eq!(of_lines(&[], 35, true, Lang::Zh), "治理设施正常运行，减少敞开作业");
        let partial = [Line { partial: true, ..line("喷涂", "9月14日改在17—18时", true) }];
        assert_eq!(of_lines(&partial, 35, true, Lang::Zh), "喷涂9月14日改在17—18时，其余见邮件");
    }

    #[test]
    fn an_order_is_cut_between_its_sentences() {
        let measures = "涉挥发性有机物排放工序停止作业；工地停止土方作业，增加道路洒水频次。";
        assert_eq!(of_order(measures, "", 60, true, Lang::Zh), measures.trim_end_matches('。'));
        assert_eq!(
            of_order(measures, "18日18:00", 40, true, Lang::Zh),
            "涉挥发性有机物排放工序停止作业；18日18:00前落实，其余见邮件"
        );
    }
}

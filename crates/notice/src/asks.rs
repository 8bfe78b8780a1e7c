//! What is asked, in the few words that a short message has room for.
//!
//! In: the lines of a plan, or an order's own words. Out: one list of what stops and when it may run, the strictest
//! first, that fits its room. Can't happen: words cut in the middle; something left out without a word of where it stands.

use super::Line;
use cuofeng_base::msg;
use cuofeng_base::text::Lang;

/// Characters that the hole of an approved text takes (Aliyun: 35).
pub const HOLE: usize = 35;

/// Characters where any words may go.
pub const FREE: usize = 60;

/// Characters of two parts of a short message in UCS-2.
const TWO_PARTS: usize = 134;

/// Characters of a short message that a notice keeps to where it can: two parts, in English three.
#[must_use]
pub const fn room(lang: Lang) -> usize {
    match lang {
        Lang::Zh => TWO_PARTS,
        Lang::En => TWO_PARTS / 2 * 3,
    }
}

/// Characters that what is asked has room for in any case: enough to say where it stands.
pub const LEAST: usize = 12;

/// What the lines ask, in at most `room` characters: everything that stops comes before any hours. What has no room, or
/// differs by day, stands in the mail, or is to be asked by telephone where there is no mail.
#[must_use]
pub fn of_lines(lines: &[Line], room: usize, by_mail: bool, lang: Lang) -> String {
    let says = |line: &&Line| !line.short.is_empty();
    let mut ordered: Vec<&Line> = lines.iter().filter(says).collect();
    ordered.sort_by_key(|line| (line.stop.is_none(), !line.moves));
    let items = items(ordered.into_iter(), lang);
    if items.is_empty() {
        return msg!("asks.none").text(lang);
    }
    let partial = lines.iter().any(|line| line.partial);
    let stopping: Vec<&Line> = lines.iter().filter(|line| line.stop.is_some()).collect();
    let first = items.iter().filter(|(stops, _)| *stops).count().max(1);
    let texts: Vec<String> = items.into_iter().map(|(_, text)| text).collect();
    if let Some(words) = fitted(&texts, first, partial, room, by_mail, lang) {
        return words;
    }
    stops(&stopping, lines, room, by_mail, lang)
        .unwrap_or_else(|| if by_mail { msg!("asks.mail") } else { msg!("asks.call") }.text(lang))
}

/// Whether a line asks to stop or move out of hours, and its words; lines of which the same is asked are one.
fn items<'l>(lines: impl Iterator<Item = &'l Line>, lang: Lang) -> Vec<(bool, String)> {
    let mut items: Vec<(Vec<&str>, &Line)> = Vec::new();
    for line in lines {
        match items.iter_mut().find(|(_, known)| (&known.short, known.moves) == (&line.short, line.moves)) {
            Some((names, _)) => names.push(&line.name),
            None => items.push((vec![&line.name], line)),
        }
    }
    let words = |(names, line): &(Vec<&str>, &Line)| {
        let (names, short) = (names.join(lang.comma()), &line.short);
        if line.moves {
            msg!("asks.item", names = names, short = short)
        } else {
            msg!("asks.item_care", names = names, short = short)
        }
    };
    items.iter().map(|item| (item.1.stop.is_some(), words(item).text(lang))).collect()
}

/// All that stops, without the hours in which it may run instead; then what else is asked, as far as there is room.
fn stops(stopping: &[&Line], lines: &[Line], room: usize, by_mail: bool, lang: Lang) -> Option<String> {
    let first = stopping.first()?;
    let common = first
        .stop
        .as_deref()
        .filter(|hours| !hours.is_empty() && stopping.iter().all(|line| line.stop.as_deref() == Some(*hours)));
    let names: Vec<&str> = stopping.iter().map(|line| line.name.as_str()).collect();
    let names = names.join(lang.comma());
    let hours = if by_mail { msg!("asks.hours_mail") } else { msg!("asks.hours_call") }.text(lang);
    let more = if by_mail { msg!("asks.more") } else { msg!("asks.more_call") }.text(lang);
    let rest = items(lines.iter().filter(|line| line.stop.is_none() && !line.short.is_empty()), lang);
    let rest: Vec<String> = rest.into_iter().map(|(_, text)| text).collect();
    let mut tries = Vec::new();
    let stop = common.map(|hours| msg!("asks.stop_at", names = &names, hours = hours));
    for stop in stop.into_iter().chain([msg!("asks.stop", names = &names)]) {
        let stop = stop.text(lang);
        for count in (0..=rest.len()).rev() {
            let some = rest.get(..count).unwrap_or(&[]);
            let all = std::iter::once(&stop).chain(some).cloned().collect::<Vec<_>>().join(lang.semicolon());
            tries.push(all + if count == rest.len() { &hours } else { &more });
        }
    }
    if stopping.len() > 1 {
        let many = msg!("asks.stop_many", name = &first.name, count = stopping.len());
        tries.push(many.text(lang) + &more);
    }
    tries.into_iter().find(|words| words.chars().count() <= room)
}

/// What an order asks, as it words it; until when its addressees must have acted comes first, and is never left out.
#[must_use]
pub fn of_order(measures: &str, deadline: &str, room: usize, by_mail: bool, lang: Lang) -> String {
    let ends = |c: char| matches!(c, '。' | '；' | ';' | '\n');
    let items: Vec<String> =
        measures.split(ends).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let by = |text: String| match deadline {
        "" => text,
        deadline => msg!("asks.deadline", deadline = deadline, text = text).text(lang),
    };
    let left = room.saturating_sub(by(String::new()).chars().count());
    let see = || if by_mail { msg!("asks.see_mail") } else { msg!("asks.see_call") }.text(lang);
    by(fitted(&items, 1, false, left, by_mail, lang).unwrap_or_else(see))
}

/// The items that have room, at least the first `least` of them; nothing where not even those have.
fn fitted(items: &[String], least: usize, partial: bool, room: usize, by_mail: bool, lang: Lang) -> Option<String> {
    let more = if by_mail { msg!("asks.more") } else { msg!("asks.more_call") }.text(lang);
    let length = |text: &str| text.chars().count();
    let whole = items.join(lang.semicolon());
    if !partial && length(&whole) <= room {
        return Some(whole);
    }
    let some =
        (least..=items.len()).rev().map(|count| items.get(..count).unwrap_or(&[]).join(lang.semicolon()) + &more);
    some.into_iter().find(|some| length(some) <= room)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, short: &str, moves: bool) -> Line {
        Line {
            name: name.into(),
            text: short.into(),
            short: short.into(),
            moves,
            partial: false,
            stop: moves.then(|| "10—17时".into()),
        }
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
            "18日18:00前落实：涉挥发性有机物排放工序停止作业，其余见邮件"
        );
        assert_eq!(of_order(measures, "9月18日18:00", 20, true, Lang::Zh), "9月18日18:00前落实：内容见邮件");
        assert_eq!(of_order(measures, "9月18日18:00", 20, false, Lang::Zh), "9月18日18:00前落实：内容请来电");
        assert_eq!(
            of_order("Stop painting.", "18 September 18:00", 60, true, Lang::En),
            "by 18 September 18:00: Stop painting."
        );
    }

    #[test]
    fn everything_that_stops_is_named_before_any_hours() {
        let lines = [
            Line { partial: true, ..line("喷漆房喷涂", "9月14日改在19—22时", true) },
            Line { partial: true, ..line("漆面烘干", "9月14日改在18—22时", true) },
            line("车辆加油", "检查油气回收设施", false),
        ];
        let asks = |room, by_mail| of_lines(&lines, room, by_mail, Lang::Zh);
        assert_eq!(asks(44, true), "喷漆房喷涂9月14日改在19—22时；漆面烘干9月14日改在18—22时，其余见邮件");
        assert_eq!(asks(35, true), "喷漆房喷涂、漆面烘干10—17时停，其余见邮件");
        assert_eq!(asks(35, false), "喷漆房喷涂、漆面烘干10—17时停，其余请来电");
        assert_eq!(of_lines(&lines[..2], 35, true, Lang::Zh), "喷漆房喷涂、漆面烘干10—17时停，可做时间见邮件");
        assert_eq!(asks(16, true), "喷漆房喷涂等2道停，其余见邮件");
        assert_eq!(asks(12, true), "工序和钟点见邮件");
        let english = of_lines(&lines[..2], 40, true, Lang::En);
        assert!(english.starts_with("stop 喷漆房喷涂, 漆面烘干"), "{english}");
    }
}

//! A bulletin as lines.
//!
//! In: a text, or what became of a page. Out: its lines, each as published and in normalised form; one that was broken
//! in the middle of a statement is whole again. Can't happen: the first half of a broken statement read as all of it;
//! rows of a table joined.

use crate::bulletin::statement::kind;
use crate::bulletin::words::heading::{self, From};
use crate::bulletin::words::{Plain, Rest, TO, day, field, normalise, part, stamp};

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bulletin) struct Line {
    /// As published.
    pub published: String,
    /// In normalised form.
    pub plain: Plain,
}

impl Line {
    fn new(published: String) -> Self {
        let plain = normalise(&published);
        Self { published, plain }
    }
}

/// The lines of a text. Those of a page are whole, and a tab at their beginning is an empty cell.
pub(in crate::bulletin) fn of(text: &str, page: bool) -> Vec<Line> {
    let trimmed = |line: &str| {
        let line = if page { line.trim_matches([' ', '\u{a0}', '\u{3000}']) } else { line.trim() };
        line.to_owned()
    };
    let lines = text.lines().map(trimmed).filter(|line| !line.trim().is_empty()).map(Line::new);
    if page { lines.collect() } else { joined(lines) }
}

/// Joins what a program broke at the edge of its window.
fn joined(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    // The day does not matter: only whether there is one.
    let any = From { day: chrono::NaiveDate::default(), damaged: false };
    let mut out: Vec<Line> = Vec::new();
    for line in lines {
        match out.last_mut() {
            Some(last) if continues(&last.plain.text, &line.plain.text, any) => {
                let next = &line.plain.text;
                let fields = kind::is_ranges(next) || is_list(&last.plain.text, next, any);
                let mark = if fields { "，" } else { "" };
                *last = Line::new(format!("{}{mark}{}", last.published, line.published));
            }
            _ => out.push(line),
        }
    }
    out
}

/// Whether `next` goes on with the statement in which `last` was broken off.
fn continues(last: &str, next: &str, from: From) -> bool {
    const LONGEST: usize = 4000;
    if last.contains('\t') || next.contains('\t') || last.len() > LONGEST {
        return false;
    }
    let ends = last.ends_with(['。', ';', '!', ':', '】', ')']);
    if ends {
        return false;
    }
    let digits = last.trim_end_matches(|c: char| c.is_ascii_digit());
    let date = last.ends_with('月') || last.len() > digits.len() && digits.ends_with('月');
    let opens = heading::heading(next, from).is_some() || day::mention(next).is_some();
    if date {
        return next.starts_with(|c: char| c.is_ascii_digit() || c == '日');
    }
    let stamped = stamp::stamps(last, kind::states).last().is_some_and(|stamp| stamp.to == last.len());
    let dated = !stamped && has_day(last, from) && !kind::is_title(last);
    let goes_on = next.starts_with([',', '、', ';', '。', '-', '或', '至', '到'])
        || TO.iter().any(|to| last.ends_with(to))
        || last.ends_with([',', '、', '或', '为'])
        || field::has_marker(next)
        || kind::states(next)
        || kind::is_ranges(next)
        || part::is_weather(next);
    let other = ["备注", "注:", "说明", "附", "温馨", "健康", "友情"].iter().any(|word| next.starts_with(word));
    dated && !opens && !other && goes_on && !kind::is_title(next) && !is_item(next)
}

fn has_day(text: &str, from: From) -> bool {
    text.split([',', ';', '。', ':'])
        .any(|clause| heading::heading(clause, from).is_some() || day::mention(clause).is_some())
}

/// `一、`, `(1)`: an item begins.
fn is_item(text: &str) -> bool {
    let mut rest = Rest(text);
    rest.word("(");
    let number = rest.number(1, 2).is_some() || rest.any(&["一", "二", "三", "四", "五", "六", "七", "八", "九", "十"]);
    number && rest.any(&["、", ")", "."])
}

/// Whether the next line is a field of its own, as where each stands in its line.
fn is_list(last: &str, next: &str, from: From) -> bool {
    let tail = last.rsplit([',', ';', '。']).next().unwrap_or("");
    let whole =
        field::whole(tail).is_some() || heading::heading(tail, from).is_some_and(|heading| heading.body.is_empty());
    let head = next.split([',', ';', '。']).next().unwrap_or("");
    whole && field::whole(head).is_some() && !next.starts_with(['或', '至', '到', '-', '、'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        of(text, false).into_iter().map(|line| line.published).collect()
    }

    #[test]
    fn a_statement_that_was_broken_is_whole_again() {
        for (text, whole) in [
            ("8月13日，空气质量为良\n至轻度污染，AQI为90-120。", "8月13日，空气质量为良至轻度污染，AQI为90-120。"),
            ("8月13日，AQI为1\n10-130，轻度污染。", "8月13日，AQI为110-130，轻度污染。"),
            ("预计8月1\n3日，空气质量为良。", "预计8月13日，空气质量为良。"),
            ("8月13日\n空气质量：良\nAQI：60-90", "8月13日，空气质量：良，AQI：60-90"),
        ] {
            assert_eq!(lines(text), [whole], "{text}");
        }
    }

    #[test]
    fn titles_stamps_rows_and_days_stay_lines_of_their_own() {
        for text in [
            "某某市空气质量预报\n2026年8月12日17时\n8月13日，空气质量为良。",
            "发布时间：2026-08-12 16:05\n8月13日，空气质量为良",
            "8月13日，空气质量为良，AQI为60-90\n8月14日，空气质量为良，AQI为70-95",
            "8月13日\t良\tO3\n8月14日\t优\t无",
            "8月13日，空气质量为良\n备注：空气质量可能恶化。",
        ] {
            assert_eq!(lines(text).join("\n"), text);
        }
    }
}

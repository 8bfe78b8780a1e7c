//! The calendar of a replay: one square a day, one block for each year of a rule in a region.
//!
//! In: replays and their rules. Out: an SVG document without scripts or outside files. Can't happen: a picture that does
//! not name its mode; colours that could be taken for those of official warnings.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate};

use crate::cli::chart::svg::escaped;
use cuofeng_base::msg;
use cuofeng_base::text::Lang;
use cuofeng_replay::{Replay, Score};
use cuofeng_rules::Rule;

const CELL: u32 = 12;
const LEFT: u32 = 230;
const BLOCK: u32 = 7 * CELL + 30;
const TOP: u32 = 96;
const WIDTH: u32 = LEFT + 54 * CELL + 20;
const FONTS: &str = "'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";

/// What became of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Hit,
    Miss,
    FalseAlarm,
}

impl Fate {
    const ALL: [Self; 3] = [Self::Hit, Self::Miss, Self::FalseAlarm];

    const fn fill(self) -> &'static str {
        match self {
            Self::Hit => "#1d5c7a",
            Self::Miss => "#ffffff",
            Self::FalseAlarm => "#b9a6c9",
        }
    }

    const fn stroke(self) -> &'static str {
        match self {
            Self::Hit => "#1d5c7a",
            Self::Miss => "#8a0000",
            Self::FalseAlarm => "#8b6fa3",
        }
    }
}

/// Draws the blocks of every rule that had anything to say.
pub(super) fn calendar(replays: &[Replay], rules: &[Rule], mode: &str, lang: Lang) -> String {
    let mut blocks: Vec<(String, i32, BTreeMap<NaiveDate, Fate>)> = Vec::new();
    for replay in replays {
        let Some((from, to)) = replay.days else { continue };
        for rule in rules {
            let fates = replay.scores.get(&rule.id).map(fates).unwrap_or_default();
            if fates.is_empty() {
                continue;
            }
            let name = format!("{}·{}", replay.region, rule.name);
            for year in from.year()..=to.year() {
                let own = fates.iter().filter(|(day, _)| day.year() == year).map(|(d, f)| (*d, *f)).collect();
                blocks.push((name.clone(), year, own));
            }
        }
    }
    let count = u32::try_from(blocks.len()).unwrap_or(0);
    let height = TOP + count * BLOCK + 20;
    let (title, description) = (msg!("replay.picture", mode = mode).text(lang), msg!("replay.picture_text").text(lang));
    let code = if lang == Lang::Zh { "zh-CN" } else { "en" };
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"{code}\" role=\"img\" aria-labelledby=\"t d\" width=\"{WIDTH}\" \
         height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"{FONTS}\" font-size=\"13\" fill=\"#1a1a1a\">\n\
         <title id=\"t\">{}</title>\n<desc id=\"d\">{}</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"28\" font-size=\"17\">{}</text>\n",
        escaped(&title),
        escaped(&description),
        escaped(&title),
    );
    legend(&mut out, lang);
    for (number, (name, year, fates)) in (0..).zip(&blocks) {
        block(&mut out, TOP + number * BLOCK, name, *year, fates);
    }
    out.push_str("</svg>\n");
    out
}

fn fates(score: &Score) -> BTreeMap<NaiveDate, Fate> {
    let mark = |days: &[NaiveDate], fate| days.iter().map(move |day| (*day, fate)).collect::<Vec<_>>();
    let all =
        [mark(&score.hits, Fate::Hit), mark(&score.misses, Fate::Miss), mark(&score.false_alarms, Fate::FalseAlarm)];
    all.into_iter().flatten().collect()
}

fn legend(out: &mut String, lang: Lang) {
    let words = [msg!("replay.hits"), msg!("replay.misses"), msg!("replay.false_alarms")].map(|m| m.text(lang));
    for (number, (fate, word)) in (0u32..).zip(Fate::ALL.into_iter().zip(words)) {
        let x = 16 + number * 160;
        square(out, x, 50, fate);
        let _ = writeln!(out, "<text x=\"{}\" y=\"60\">{}</text>", x + 18, escaped(&word));
    }
}

fn square(out: &mut String, x: u32, y: u32, fate: Fate) {
    let size = CELL - 3;
    let (fill, stroke) = (fate.fill(), fate.stroke());
    let _ = writeln!(
        out,
        "<rect x=\"{x}\" y=\"{y}\" width=\"{size}\" height=\"{size}\" fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\"/>"
    );
}

fn block(out: &mut String, top: u32, name: &str, year: i32, fates: &BTreeMap<NaiveDate, Fate>) {
    let _ = writeln!(out, "<text x=\"16\" y=\"{}\">{}</text>", top + 24, escaped(name));
    let _ = writeln!(out, "<text x=\"16\" y=\"{}\">{year}</text>", top + 44);
    let Some(first) = NaiveDate::from_ymd_opt(year, 1, 1) else { return };
    let offset = first.weekday().num_days_from_monday();
    let mut path = String::new();
    for day in first.iter_days().take_while(|day| day.year() == year) {
        let place = day.ordinal0() + offset;
        let (x, y) = (LEFT + place / 7 * CELL, top + 14 + place % 7 * CELL);
        if day.day() == 1 {
            let _ = writeln!(out, "<text x=\"{x}\" y=\"{}\" font-size=\"10\">{}</text>", top + 8, day.month());
        }
        match fates.get(&day) {
            Some(fate) => square(out, x, y, *fate),
            None => {
                let _ = write!(path, "M{x} {y}h{0}v{0}h-{0}z", CELL - 3);
            }
        }
    }
    let _ = writeln!(out, "<path d=\"{path}\" fill=\"#eceff1\"/>");
}

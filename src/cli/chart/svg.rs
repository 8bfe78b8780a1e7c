//! Panels of lines as one SVG document: no script, no outside file, a title and a description for those who listen.
//!
//! In: panels and words in the reader's language. Out: XML. Can't happen: a name that breaks out of its element.

use std::fmt::Write as _;

use super::{Kind, Line, Mark, Panel, Stroke, axis, float, width};
use cuofeng_base::text::Lang;

/// Width of the picture in pixels.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 24.0;
/// Height of the axes of one panel, and of everything round them.
const PLOT: f64 = 170.0;
const PANEL: f64 = 246.0;
/// Where the legend begins, and the height of its rows.
const LEGEND: f64 = 58.0;
const ROW: f64 = 24.0;
/// How many places on the horizontal axis are named at most.
const NAMED: usize = 12;

pub(super) const FONTS: &str = "'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', sans-serif";
pub(super) const INK: &str = "#1a1a1a";
const LIMIT: &str = "#8a0000";

/// The words of the picture outside its panels.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Words {
    /// Language of the document.
    pub lang: Lang,
    /// What it shows.
    pub title: String,
    /// The same in a sentence or two.
    pub description: String,
    /// Whose data it shows; empty where nobody has to be named.
    pub source: String,
    /// Names of the marks, in the order of [`Kind::ALL`].
    pub marks: [String; 3],
}

/// Draws the panels, one below the other.
pub(in crate::cli) fn svg(words: &Words, panels: &[Panel]) -> String {
    let (legend, rows) = legend(words, panels);
    let top = LEGEND + rows * ROW + 8.0;
    let foot = if words.source.is_empty() { 0.0 } else { ROW };
    let height = top + PANEL * float(panels.len()) + foot;
    let lang = match words.lang {
        Lang::Zh => "zh-CN",
        Lang::En => "en",
    };
    let mut out = String::new();
    let _ = write!(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"{lang}\" role=\"img\" \
         aria-labelledby=\"cuofeng-title cuofeng-description\" width=\"{WIDTH:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {WIDTH:.0} {height:.0}\" font-family=\"{FONTS}\" font-size=\"14\" fill=\"{INK}\">\n\
         <title id=\"cuofeng-title\">{}</title>\n<desc id=\"cuofeng-description\">{}</desc>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        escaped(&words.title),
        escaped(&words.description),
    );
    text(&mut out, LEFT, 32.0, "font-size=\"18\" font-weight=\"bold\"", &words.title);
    out.push_str(&legend);
    for (i, panel) in panels.iter().enumerate() {
        let _ = writeln!(out, "<g transform=\"translate(0 {:.1})\">", top + PANEL * float(i));
        draw(&mut out, panel);
        out.push_str("</g>\n");
    }
    if !words.source.is_empty() {
        text(&mut out, LEFT, height - 8.0, "font-size=\"12\"", &words.source);
    }
    out.push_str("</svg>\n");
    out
}

/// A sample of the legend.
#[derive(Debug, Clone, Copy)]
enum Sample {
    Line(Stroke),
    Limit,
    Mark(Kind),
}

/// What the strokes and shapes mean, and how many rows it takes.
fn legend(words: &Words, panels: &[Panel]) -> (String, f64) {
    let mut entries: Vec<(&str, Sample)> = Vec::new();
    let lines = panels.iter().flat_map(|p| &p.lines).map(|l| (l.name.as_str(), Sample::Line(l.stroke)));
    let limits = panels.iter().flat_map(|p| &p.limits).map(|l| (l.name.as_str(), Sample::Limit));
    for (name, sample) in lines.chain(limits) {
        if entries.iter().all(|(known, _)| *known != name) {
            entries.push((name, sample));
        }
    }
    if panels.iter().any(|p| !p.limits.is_empty()) {
        let marks = Kind::ALL.into_iter().zip(&words.marks);
        entries.extend(marks.map(|(kind, name)| (name.as_str(), Sample::Mark(kind))));
    }
    let (mut out, mut x, mut row) = (String::new(), LEFT, 0.0);
    for (name, sample) in entries {
        let room = 64.0 + 8.0 * float(width(name));
        if x > LEFT && x + room > WIDTH - RIGHT {
            x = LEFT;
            row += 1.0;
        }
        let y = LEGEND + row * ROW;
        match sample {
            Sample::Line(stroke) => path(&mut out, &format!("M{x:.1} {y:.1}h32"), stroke),
            Sample::Limit => limit(&mut out, x, x + 32.0, y),
            Sample::Mark(kind) => shape(&mut out, kind, x + 16.0, y),
        }
        text(&mut out, x + 40.0, y + 5.0, "", name);
        x += room;
    }
    (out, row + 1.0)
}

fn draw(out: &mut String, panel: &Panel) {
    let places = panel.labels.len();
    let lines = panel.lines.iter().flat_map(|l| l.values.iter().flatten().copied());
    let limits = panel.limits.iter().map(|l| l.value);
    let (low, high, step) = axis(lines.chain(limits));
    let across = (WIDTH - LEFT - RIGHT) / float(places.max(1));
    let x = |i: usize| LEFT + across * (float(i) + 0.5);
    let y = |value: f64| 30.0 + PLOT * (high - value) / (high - low);
    let right = WIDTH - RIGHT;
    text(out, LEFT, 18.0, "font-weight=\"bold\"", &panel.title);
    text(out, right, 18.0, "text-anchor=\"end\" font-size=\"12\"", &panel.unit);
    let mut tick = low;
    while tick <= high + step / 2.0 {
        let at = y(tick);
        let _ = writeln!(out, "<path d=\"M{LEFT:.1} {at:.1}H{right:.1}\" stroke=\"#d8d8d8\"/>");
        // Rounded to the step's digits, so that 0.30000000000000004 is 0.3.
        let words = format!("{tick:.3}");
        let words = words.trim_end_matches('0').trim_end_matches('.');
        let words = if words == "-0" { "0" } else { words };
        text(out, LEFT - 8.0, at + 4.0, "text-anchor=\"end\" font-size=\"12\"", words);
        tick += step;
    }
    let every = places.div_ceil(NAMED).max(1);
    for (i, label) in panel.labels.iter().enumerate().step_by(every) {
        text(out, x(i), 30.0 + PLOT + 18.0, "text-anchor=\"middle\" font-size=\"12\"", label);
    }
    for one in &panel.limits {
        limit(out, LEFT, right, y(one.value));
    }
    for line in &panel.lines {
        path(out, &stretches(line, &x, &y), line.stroke);
    }
    for Mark { at, value, kind, name } in &panel.marks {
        let _ = write!(out, "<g><title>{}</title>", escaped(name));
        shape(out, *kind, x(*at), y(*value));
        out.push_str("</g>\n");
    }
}

/// The line as a path that begins anew after every gap; a value between two gaps is a dot.
fn stretches(line: &Line, x: &impl Fn(usize) -> f64, y: &impl Fn(f64) -> f64) -> String {
    let mut d = String::new();
    let mut drawing = false;
    for (i, value) in line.values.iter().enumerate() {
        let Some(value) = value.filter(|v| v.is_finite()) else {
            drawing = false;
            continue;
        };
        let _ = if drawing {
            write!(d, "L{:.1} {:.1}", x(i), y(value))
        } else {
            // A stretch of no length with round ends shows as a dot.
            write!(d, "M{:.1} {:.1}h0", x(i), y(value))
        };
        drawing = true;
    }
    d
}

fn path(out: &mut String, d: &str, stroke: Stroke) {
    let (colour, dashes) = match stroke {
        Stroke::Observed => (INK, ""),
        Stroke::Forecast => ("#005a9c", " stroke-dasharray=\"7 4\""),
        Stroke::Corrected => ("#9a4a00", " stroke-dasharray=\"2 4\""),
    };
    if !d.is_empty() {
        let _ = writeln!(
            out,
            "<path d=\"{d}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-linecap=\"round\"{dashes}/>"
        );
    }
}

fn limit(out: &mut String, from: f64, to: f64, y: f64) {
    let _ = writeln!(out, "<path d=\"M{from:.1} {y:.1}H{to:.1}\" stroke=\"{LIMIT}\" stroke-dasharray=\"12 3 2 3\"/>");
}

/// A mark: each kind has a shape of its own, not only a colour.
fn shape(out: &mut String, kind: Kind, x: f64, y: f64) {
    let _ = match kind {
        Kind::Hit => writeln!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\" fill=\"#00603f\"/>"),
        Kind::Miss => {
            writeln!(out, "<path d=\"M{x:.1} {:.1}l5.5 10h-11z\" fill=\"#b00020\"/>", y - 6.0)
        }
        Kind::FalseAlarm => writeln!(
            out,
            "<path d=\"M{:.1} {:.1}l9 9m0 -9l-9 9\" fill=\"none\" stroke=\"#6a3d9a\" stroke-width=\"2.5\"/>",
            x - 4.5,
            y - 4.5
        ),
    };
}

pub(super) fn text(out: &mut String, x: f64, y: f64, style: &str, words: &str) {
    let gap = if style.is_empty() { "" } else { " " };
    let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\"{gap}{style}>{}</text>", escaped(words));
}

/// The text as XML content or attribute; characters that XML 1.0 can't carry are left out.
pub(in crate::cli) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
pub(in crate::cli) mod tests {
    use super::*;
    use crate::cli::chart::Limit;

    /// Whether every element is closed in order and no text holds a bare `<` or `&`: a reader apart from the writer.
    pub(in crate::cli) fn balanced(xml: &str) -> bool {
        let mut open: Vec<&str> = Vec::new();
        let mut rest = xml.trim_start_matches("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        while let Some(start) = rest.find('<') {
            let Some(end) = rest[start..].find('>').map(|e| start + e) else { return false };
            let (before, tag) = (&rest[..start], &rest[start + 1..end]);
            let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
            if before.match_indices('&').any(|(i, _)| !entities.iter().any(|e| before[i..].starts_with(e))) {
                return false;
            }
            let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or("");
            if tag.matches('"').count() % 2 != 0 || name.is_empty() {
                return false;
            }
            if tag.starts_with('/') {
                if open.pop() != Some(name) {
                    return false;
                }
            } else if !tag.ends_with('/') {
                open.push(name);
            }
            rest = &rest[end + 1..];
        }
        open.is_empty() && rest.trim().is_empty()
    }

    fn words() -> Words {
        let marks = ["hit", "miss", "false alarm"].map(str::to_owned);
        Words {
            lang: Lang::En,
            title: "a < b & \"c\"\u{7}".into(),
            description: "x".into(),
            source: "c <d>".into(),
            marks,
        }
    }

    fn panel(values: Vec<Option<f64>>) -> Panel {
        let labels = (0..values.len()).map(|i| i.to_string()).collect();
        let line = Line { name: "臭氧<>&'\"".into(), values, stroke: Stroke::Observed };
        let limits = vec![Limit { name: "160".into(), value: 160.0 }];
        let marks = Kind::ALL.map(|kind| Mark { at: 1, value: 160.0, kind, name: "<mark>".into() }).into();
        Panel { title: "<t>".into(), unit: "µg/m³".into(), labels, lines: vec![line], limits, marks }
    }

    #[test]
    fn the_picture_is_well_formed_whatever_the_names() {
        let picture = svg(&words(), &[panel(vec![Some(1.0), None, Some(180.0)]), panel(vec![])]);
        assert!(balanced(&picture), "{picture}");
        assert!(picture.contains("a &lt; b &amp; &quot;c&quot;</title>") && !picture.contains("<t>"));
        assert!(!picture.contains("NaN") && !picture.contains("inf") && !picture.contains("<script"));
        assert!(!balanced("<a><b></a></b>") && !balanced("<a>&x</a>"));
    }

    #[test]
    fn a_gap_breaks_the_line_and_a_lone_value_is_a_dot() {
        let line = |values: Vec<Option<f64>>| Line { name: String::new(), values, stroke: Stroke::Observed };
        let d = |values| stretches(&line(values), &float, &|v| v);
        assert_eq!(d(vec![Some(1.0), Some(2.0), None, Some(3.0)]), "M0.0 1.0h0L1.0 2.0M3.0 3.0h0");
        assert_eq!(d(vec![None, Some(f64::NAN)]), "");
    }
}

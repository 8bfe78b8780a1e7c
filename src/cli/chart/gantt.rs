//! A Gantt chart over a curve, and the load before and after below it, as one SVG document.
//!
//! In: rows of runs, a curve and two loads over the same slots, words in the reader's language. Out: XML that prints
//! well without colours. Can't happen: a name that breaks out of its element; a curve drawn across a gap.

use std::fmt::Write as _;

use super::svg::{FONTS, INK, escaped, text};
use super::{axis, float};
use cuofeng_base::text::Lang;

/// Half-open runs of slots.
pub(in crate::cli) type Runs = Vec<(usize, usize)>;

/// One bar of the chart.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Bar {
    /// What runs.
    pub name: String,
    /// When it runs by plan.
    pub on: Runs,
    /// When it usually runs.
    pub usual: Runs,
    /// When it is asked to stop.
    pub stop: Runs,
}

/// All that is drawn.
#[derive(Debug, Clone)]
pub(in crate::cli) struct Gantt {
    /// Language of the document.
    pub lang: Lang,
    /// What it shows.
    pub title: String,
    /// Slots of the horizon, and of a day.
    pub slots: (usize, usize),
    /// Names of the days.
    pub days: Vec<String>,
    /// The bars.
    pub bars: Vec<Bar>,
    /// The curve behind the bars, one value a slot.
    pub curve: Vec<Option<f64>>,
    /// Load before and after, one value a slot.
    pub loads: [Vec<f64>; 2],
    /// Names: by plan, usually, told to stop, the curve, load before, load after, heading of the loads.
    pub names: [String; 7],
}

const WIDTH: f64 = 1120.0;
const RIGHT: f64 = 56.0;
const TOP: f64 = 112.0;
const ROW: f64 = 22.0;
const LOAD: f64 = 150.0;
const CURVE: &str = "#dbe7f2";
const BAR: &str = "#005a9c";

/// Draws it.
pub(in crate::cli) fn gantt(chart: &Gantt) -> String {
    let slots = chart.slots.0.max(1);
    // Room for the longest name, a third of the width at most.
    let longest = chart.bars.iter().map(|bar| super::width(&bar.name)).max().unwrap_or(0);
    let left = (24.0 + 6.8 * float(longest)).clamp(200.0, 400.0);
    let across = (WIDTH - left - RIGHT) / float(slots);
    let x = |slot: usize| left + across * float(slot.min(slots));
    let rows = ROW * float(chart.bars.len().max(4));
    let height = TOP + rows + 76.0 + LOAD + 40.0;
    let lang = if chart.lang == Lang::Zh { "zh-CN" } else { "en" };
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" xml:lang=\"{lang}\" role=\"img\" aria-labelledby=\"cuofeng-title\" \
         width=\"{WIDTH:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {WIDTH:.0} {height:.0}\" font-family=\"{FONTS}\" \
         font-size=\"13\" fill=\"{INK}\">\n<title id=\"cuofeng-title\">{}</title>\n\
         <defs><pattern id=\"stop\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
         <path d=\"M0 6L6 0\" stroke=\"#8a0000\" stroke-width=\"1\"/></pattern></defs>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n",
        escaped(&chart.title)
    );
    text(&mut out, 16.0, 30.0, "font-size=\"18\" font-weight=\"bold\"", &chart.title);
    legend(&mut out, &chart.names);
    curve(&mut out, chart, &x, rows);
    days(&mut out, chart, &x, rows);
    for (i, bar) in chart.bars.iter().enumerate() {
        row(&mut out, bar, TOP + ROW * float(i), &x);
    }
    loads(&mut out, chart, &x, TOP + rows + 56.0);
    out.push_str("</svg>\n");
    out
}

fn legend(out: &mut String, names: &[String; 7]) {
    let samples = [
        format!("fill=\"{BAR}\""),
        format!("fill=\"none\" stroke=\"{INK}\""),
        "fill=\"url(#stop)\"".to_owned(),
        format!("fill=\"{CURVE}\" stroke=\"#7a9cbc\""),
    ];
    let mut left = 16.0;
    for (sample, name) in samples.iter().zip(names) {
        let _ = writeln!(out, "<rect x=\"{left:.1}\" y=\"50\" width=\"28\" height=\"12\" {sample}/>");
        text(out, left + 34.0, 61.0, "", name);
        left += 64.0 + 7.5 * float(super::width(name));
    }
}

/// The curve as an area behind the bars, with its scale on the right.
fn curve(out: &mut String, chart: &Gantt, x: &impl Fn(usize) -> f64, rows: f64) {
    let (low, high, step) = axis(chart.curve.iter().flatten().copied());
    let y = |value: f64| TOP + rows * (high - value) / (high - low);
    for (slot, value) in chart.curve.iter().enumerate() {
        let Some(value) = value.filter(|v| v.is_finite()) else { continue };
        let (from, to, top) = (x(slot), x(slot + 1), y(value));
        let (width, height) = (to - from + 0.3, TOP + rows - top);
        let _ = writeln!(
            out,
            "<rect x=\"{from:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{CURVE}\"/>\
             <path d=\"M{from:.1} {top:.1}H{to:.1}\" stroke=\"#7a9cbc\"/>"
        );
    }
    if chart.curve.iter().all(Option::is_none) {
        return;
    }
    let mut tick = low;
    while tick <= high + step / 2.0 {
        text(out, WIDTH - RIGHT + 6.0, y(tick) + 4.0, "font-size=\"11\"", &format!("{tick:.0}"));
        tick += step;
    }
}

/// Midnights, and every sixth hour between them.
fn days(out: &mut String, chart: &Gantt, x: &impl Fn(usize) -> f64, rows: f64) {
    let per_day = chart.slots.1.max(4);
    for (day, name) in chart.days.iter().enumerate() {
        text(out, x(day * per_day) + 4.0, TOP - 24.0, "font-weight=\"bold\"", name);
        for quarter in 0..4 {
            let at = x(day * per_day + quarter * per_day / 4);
            let colour = if quarter == 0 { "#808080" } else { "#c8c8c8" };
            let foot = TOP + rows + 56.0 + LOAD;
            let _ = writeln!(out, "<path d=\"M{at:.1} {:.1}V{foot:.1}\" stroke=\"{colour}\"/>", TOP - 4.0);
            text(out, at, TOP - 8.0, "text-anchor=\"middle\" font-size=\"11\"", &format!("{:02}", quarter * 6));
        }
    }
}

fn row(out: &mut String, bar: &Bar, top: f64, x: &impl Fn(usize) -> f64) {
    text(out, x(0) - 8.0, top + 15.0, "text-anchor=\"end\"", &bar.name);
    let mut draw = |runs: &Runs, (above, height): (f64, f64), style: &str| {
        for (from, to) in runs {
            let (left, width) = (x(*from), x(*to) - x(*from));
            let y = top + above;
            let _ = writeln!(
                out,
                "<rect x=\"{left:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" {style}/>"
            );
        }
    };
    draw(&bar.stop, (1.0, ROW - 2.0), "fill=\"url(#stop)\"");
    draw(&bar.on, (6.0, ROW - 12.0), &format!("fill=\"{BAR}\""));
    draw(&bar.usual, (3.0, ROW - 6.0), &format!("fill=\"none\" stroke=\"{INK}\" stroke-width=\"0.8\""));
}

/// The two loads as steps, the one before dashed.
fn loads(out: &mut String, chart: &Gantt, x: &impl Fn(usize) -> f64, top: f64) {
    let (low, high, step) = axis(chart.loads.iter().flatten().copied());
    let y = |value: f64| top + LOAD * (high - value) / (high - low);
    let [.., before, after, heading] = &chart.names;
    text(out, 16.0, top - 12.0, "font-weight=\"bold\"", heading);
    let mut tick = low;
    while tick <= high + step / 2.0 {
        let (at, left, right) = (y(tick), x(0), WIDTH - RIGHT);
        let _ = writeln!(out, "<path d=\"M{left:.1} {at:.1}H{right:.1}\" stroke=\"#d8d8d8\"/>");
        let words = format!("{tick:.2}");
        let words = words.trim_end_matches('0').trim_end_matches('.');
        text(out, left - 8.0, at + 4.0, "text-anchor=\"end\" font-size=\"11\"", words);
        tick += step;
    }
    let styles = [(before, INK, " stroke-dasharray=\"6 4\""), (after, BAR, "")];
    for (i, (load, (name, colour, dashes))) in chart.loads.iter().zip(styles).enumerate() {
        let mut d = String::new();
        for (slot, value) in load.iter().enumerate() {
            let start = if slot == 0 { format!("M{:.1} ", x(0)) } else { "V".to_owned() };
            let _ = write!(d, "{start}{:.1}H{:.1}", y(*value), x(slot + 1));
        }
        let line = format!("fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dashes}");
        let _ = writeln!(out, "<path d=\"{d}\" {line}/>");
        let at = top + 16.0 + 22.0 * float(i);
        let _ = writeln!(out, "<path d=\"M16 {at:.1}h28\" {line}/>");
        text(out, 50.0, at + 4.0, "", name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::chart::svg::tests::balanced;

    #[test]
    fn the_picture_is_well_formed_whatever_the_names() {
        let bar = Bar { name: "<喷涂> & \"x\"".into(), on: vec![(0, 4)], usual: vec![(2, 6)], stop: vec![(10, 17)] };
        let chart = Gantt {
            lang: Lang::Zh,
            title: "a < b".into(),
            slots: (24, 24),
            days: vec!["7月15日".into()],
            bars: vec![bar],
            curve: (0..24).map(|h| (h != 5).then_some(float(h))).collect(),
            loads: [vec![1.0; 24], vec![0.5; 24]],
            names: ["on", "usual", "stop", "curve", "before", "after", "load"].map(str::to_owned),
        };
        let picture = gantt(&chart);
        assert!(balanced(&picture), "{picture}");
        assert!(picture.contains("&lt;喷涂&gt;") && !picture.contains("NaN"));
        // One step of the curve an hour, and none where nothing is known.
        assert_eq!(picture.matches("fill=\"#dbe7f2\"/>").count(), 23);
        let empty = Gantt { bars: vec![], curve: vec![], loads: [vec![], vec![]], slots: (0, 0), ..chart };
        assert!(balanced(&gantt(&empty)));
    }
}

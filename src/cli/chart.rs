//! Pictures of numbers: for the terminal and as SVG.
//!
//! In: named values. Out: text. Can't happen: a line drawn across a gap; a mark that only its colour tells apart.

pub(super) mod gantt;
pub(super) mod svg;
pub(super) mod terminal;

/// Whose values a line shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stroke {
    /// What was observed.
    Observed,
    /// What was forecast.
    Forecast,
    /// What was forecast, corrected.
    Corrected,
}

/// One value a place on the horizontal axis; nothing where there is none.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Its name in the legend.
    pub name: String,
    /// Its values.
    pub values: Vec<Option<f64>>,
    /// How it is drawn.
    pub stroke: Stroke,
}

/// A value drawn across the whole panel.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    /// Its name.
    pub name: String,
    /// The value.
    pub value: f64,
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Forecast and observed: a disc.
    Hit,
    /// Observed only: a triangle.
    Miss,
    /// Forecast only: a cross.
    FalseAlarm,
}

impl Kind {
    /// All, in the order of the legend.
    pub(super) const ALL: [Self; 3] = [Self::Hit, Self::Miss, Self::FalseAlarm];
}

/// A mark at one place.
#[derive(Debug, Clone)]
pub(super) struct Mark {
    /// Index of the place.
    pub at: usize,
    /// Height.
    pub value: f64,
    /// What it stands for.
    pub kind: Kind,
    /// Said where the pointer rests on it.
    pub name: String,
}

/// One set of axes.
#[derive(Debug, Clone)]
pub(super) struct Panel {
    /// Heading.
    pub title: String,
    /// What the vertical axis measures.
    pub unit: String,
    /// Names of the places on the horizontal axis.
    pub labels: Vec<String>,
    /// The lines.
    pub lines: Vec<Line>,
    /// The limits.
    pub limits: Vec<Limit>,
    /// The marks.
    pub marks: Vec<Mark>,
}

/// Lowest and highest value of an axis and its step: round numbers around zero and every value, at most eight steps.
pub(super) fn axis(values: impl Iterator<Item = f64>) -> (f64, f64, f64) {
    let (mut low, mut high) = (0.0_f64, 0.0_f64);
    for value in values.filter(|v| v.is_finite()) {
        low = low.min(value);
        high = high.max(value);
    }
    if high - low < 1e-9 {
        high = 1.0;
    }
    let mut step = 0.001_f64;
    // 1, 2, 5, 10, 20, 50 …
    for factor in [2.0, 2.5, 2.0].into_iter().cycle().take(60) {
        if high - low <= step * 6.0 {
            break;
        }
        step *= factor;
    }
    ((low / step).floor() * step, (high / step).ceil() * step, step)
}

/// A count as a coordinate.
pub(super) fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// Columns that a text takes in a terminal: two for Chinese and full-width characters.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum()
}

/// The text, filled up with blanks to this many columns.
pub(super) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_round_steps_and_holds_every_value() {
        for (values, wanted) in [
            (vec![0.0, 171.3], (0.0, 200.0, 50.0)),
            (vec![-12.0, 30.0], (-20.0, 30.0, 10.0)),
            (vec![], (0.0, 1.0, 0.2)),
            (vec![f64::NAN, 3.0], (0.0, 3.0, 0.5)),
        ] {
            let got = axis(values.into_iter());
            let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
            assert!(close(got.0, wanted.0) && close(got.1, wanted.1) && close(got.2, wanted.2), "{got:?} {wanted:?}");
        }
    }

    #[test]
    fn chinese_takes_two_columns() {
        assert_eq!(width("臭氧 O3"), 7);
        assert_eq!(pad("臭氧", 6), "臭氧  ");
        assert_eq!(pad("long", 2), "long");
    }
}

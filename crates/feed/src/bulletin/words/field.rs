//! One field of a forecast: index, level, primary pollutants, or a concentration.
//!
//! In: a clause in normalised form. Out: the one field that the whole clause states; or, for showing only, every field
//! that can be made out in it. Can't happen: a number taken from the middle of a longer one.

use super::{OR, Rest, TO, eight_hours, grades, levels, levels_anyhow, pollutant};
use cuofeng_air::forecast::Range;
use cuofeng_aqi::{Milli, Pollutant, parse_milli};

/// The smallest range that holds both.
pub(in crate::bulletin) fn hull(one: Range, other: Range) -> Range {
    Range::new(one.low().min(other.low()), one.high().max(other.high())).unwrap_or(one)
}

/// A number or a range of numbers: whole for an index, thousandths for a concentration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::bulletin) struct Amount {
    pub range: Range,
    /// One number, not two.
    pub single: bool,
}

impl Amount {
    /// The smallest that holds both.
    pub fn hull(self, other: Self) -> Self {
        Self { range: hull(self.range, other.range), single: self == other && self.single }
    }
}

/// What a field states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bulletin) enum Field {
    Aqi(Amount),
    Levels(Range),
    /// Empty where the bulletin says that there is none.
    Primary(Vec<Pollutant>),
    Concentration {
        pollutant: Pollutant,
        amount: Amount,
        /// Ozone whose averaging time the bulletin leaves out.
        plain_ozone: bool,
    },
}

/// How strictly a field is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// To be relied on.
    Certain,
    /// To be shown to a person.
    Anyhow,
}

/// Words before a field that say whose it is, none of which makes it hold for less.
const BEFORE: [&str; 19] = [
    "全市",
    "我市",
    "本市",
    "全县",
    "我县",
    "全区",
    "我区",
    "全镇",
    "我镇",
    "主城区",
    "城区",
    "市区",
    "环境",
    "城市",
    "总体",
    "整体",
    "综合",
    "将",
    "其",
];
/// Words before a field by which it is a forecast of the whole day.
const FORECAST: [&str; 9] = ["预测", "预计", "预报", "日均值", "日均", "日平均", "当日", "当天", "全天"];
const IS: [&str; 23] = [
    "约为", "均为", "都为", "都是", "均是", "为", ":", "是", "在", "以", "属于", "属", "达到", "达", "处于", "将",
    "预计", "预测", "预报", "维持", "总体", "整体", "均",
];
const NONE: [&str; 4] = ["无", "--", "-", "/"];

/// What a clause states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bulletin) struct Whole {
    /// One field, or two of which one stands in brackets.
    pub fields: Vec<Field>,
    /// It says that it forecasts, or that it holds for the whole day.
    pub forecasts: bool,
    /// A grade alone, which may be of something else: wind has grades too.
    pub grade: bool,
}

/// The fields that a clause states from its first character to its last.
pub(in crate::bulletin) fn whole(clause: &str) -> Option<Whole> {
    let forecasts = FORECAST.iter().any(|word| clause.contains(word));
    let mut rest = Rest(clause);
    while before(&mut rest) {}
    let clause = rest.0;
    let mut alone = rest;
    let grade = grades(&mut alone).is_some() && alone.0.is_empty();
    let mut fields = vec![labelled(&mut rest, Mode::Certain).or_else(|| {
        rest = Rest(clause);
        bare(&mut rest)
    })?];
    // `AQI 110-130轻度污染`
    let is_range = matches!(fields.first(), Some(Field::Aqi(amount)) if !amount.single);
    if is_range && !rest.0.starts_with('(') {
        let mut ahead = rest;
        if let Some((low, high)) = levels(&mut ahead).filter(|_| ahead.0.is_empty()) {
            fields.extend(Range::new(low, high).map(Field::Levels));
            rest = ahead;
        }
    }
    if rest.word("(") {
        let inside = rest.0.strip_suffix(')')?;
        let mut rest_inside = Rest(inside);
        fields.push(labelled(&mut rest_inside, Mode::Certain).or_else(|| {
            rest_inside = Rest(inside);
            bare(&mut rest_inside)
        })?);
        rest = rest_inside;
    }
    rest.0.is_empty().then_some(Whole { fields, forecasts, grade })
}

/// Takes one word before a field.
fn before(rest: &mut Rest<'_>) -> bool {
    rest.any(&FORECAST) || rest.any(&BEFORE)
}

/// A level without the word for air quality: `轻度污染`, `为优到良`, `等级为良`.
fn bare(rest: &mut Rest<'_>) -> Option<Field> {
    rest.any(&["污染等级", "污染级别", "等级", "级别", "类别"]);
    level(rest, Mode::Certain)
}

fn level(rest: &mut Rest<'_>, mode: Mode) -> Option<Field> {
    let mainly = rest.all(&IS) > 0;
    let (low, high) = match mode {
        Mode::Certain => levels(rest)?,
        Mode::Anyhow => levels_anyhow(rest)?,
    };
    if mainly {
        rest.any(&["的水平", "水平", "之间", "为主", "级别", "等级"]);
    }
    Range::new(low, high).map(Field::Levels)
}

/// What a cell of a column states, by what its header says of it.
pub(in crate::bulletin) fn index_cell(cell: &str) -> Option<Field> {
    let mut rest = Rest(cell);
    rest.word("AQI");
    rest.all(&IS);
    let low = index(&mut rest)?;
    let high = if rest.any(&TO) { Some(index(&mut rest)?) } else { None };
    rest.0.is_empty().then_some(())?;
    amount(low, high).map(Field::Aqi)
}

/// The pollutants of a cell of primary pollutants.
pub(in crate::bulletin) fn primary_cell(cell: &str) -> Option<Field> {
    let mut rest = Rest(cell);
    let field = pollutants(&mut rest)?;
    rest.0.is_empty().then_some(field)
}

/// The concentration in a cell whose header names the pollutant and its unit.
pub(in crate::bulletin) fn concentration_cell(cell: &str, pollutant: Pollutant, plain_ozone: bool) -> Option<Field> {
    let mut rest = Rest(cell);
    let low = quantity(&mut rest, pollutant)?;
    let high = if rest.any(&TO) { Some(quantity(&mut rest, pollutant)?) } else { None };
    rest.0.is_empty().then_some(())?;
    Some(Field::Concentration { pollutant, amount: amount(low, high)?, plain_ozone })
}

/// The pollutant whose concentration a column holds, by its header: `PM2.5(微克/立方米)`, `O3-8h浓度(μg/m³)`. Says
/// whether the averaging time of ozone is left out.
pub(in crate::bulletin) fn concentration_header(header: &str) -> Option<(Pollutant, bool)> {
    let mut rest = Rest(header);
    let (pollutant, mut eight) = pollutant(&mut rest)?;
    eight |= eight_hours(&mut rest);
    rest.any(&["日均", "日平均", "24小时平均"]);
    rest.any(&["质量浓度", "浓度"]);
    rest.word("值");
    rest.word("范围");
    let bracket = rest.word("(");
    unit(&mut rest, pollutant).then_some(())?;
    (!bracket || rest.word(")")).then_some(())?;
    rest.0.is_empty().then_some((pollutant, pollutant == Pollutant::O38h && !eight))
}

/// Every field that can be made out, in the order of the text.
pub(in crate::bulletin) fn anyhow(clause: &str) -> Vec<Field> {
    let mut found = Vec::new();
    let mut rest = Rest(clause);
    while !rest.0.is_empty() {
        match labelled(&mut rest, Mode::Anyhow) {
            Some(field) => found.push(field),
            None => rest.skip(),
        }
    }
    found
}

/// Whether a text holds a word of a forecast of air quality.
pub(in crate::bulletin) fn has_marker(text: &str) -> bool {
    const MARKERS: [&str; 19] = [
        "AQI",
        "空气质量",
        "首要",
        "污染物",
        "浓度",
        "臭氧",
        "O3",
        "PM",
        "颗粒物",
        "二氧化",
        "一氧化碳",
        "NO2",
        "SO2",
        "轻度",
        "中度",
        "重度",
        "严重污染",
        "微克",
        "毫克",
    ];
    MARKERS.iter().any(|marker| text.contains(marker))
}

fn labelled(rest: &mut Rest<'_>, mode: Mode) -> Option<Field> {
    let readers: [fn(&mut Rest<'_>, Mode) -> Option<Field>; 4] = [aqi, air_quality, primary, concentration];
    for reader in readers {
        let mut ahead = *rest;
        while before(&mut ahead) {}
        if let Some(field) = reader(&mut ahead, mode) {
            *rest = ahead;
            return Some(field);
        }
    }
    if mode == Mode::Anyhow && ["轻", "中度", "重度", "严重污染"].iter().any(|word| rest.0.starts_with(word)) {
        let mut ahead = *rest;
        if let Some((low, high)) = levels_anyhow(&mut ahead).filter(|(low, _)| *low > 2) {
            *rest = ahead;
            return Range::new(low, high).map(Field::Levels);
        }
    }
    None
}

/// `AQI:70-100`, `空气质量指数(AQI)为70到100之间`, `AQI指数84-114`. A number without a word before it may only be one of
/// two, else a lost mark goes unseen.
fn aqi(rest: &mut Rest<'_>, mode: Mode) -> Option<Field> {
    let names = ["空气质量指数(AQI)", "AQI(空气质量指数)", "空气质量指数AQI", "空气质量指数", "AQI指数", "AQI"];
    rest.any(&names).then_some(())?;
    rest.any(&["预报值", "预测值", "预报", "预测", "值"]);
    rest.word("范围");
    let said = rest.all(&IS) + usize::from(rest.word(" "));
    let low = index(rest)?;
    let high = if rest.any(&TO) { Some(index(rest)?) } else { None };
    (said > 0 || high.is_some() || mode == Mode::Anyhow).then_some(())?;
    rest.word("之间");
    Some(Field::Aqi(amount(low, high)?))
}

/// 0–500 without leading zeros, and not the beginning of a decimal.
fn index(rest: &mut Rest<'_>) -> Option<i64> {
    let digits = rest.digits();
    let good = (1..=3).contains(&digits.len()) && (digits == "0" || !digits.starts_with('0'));
    let value = good.then(|| digits.parse::<i64>().ok()).flatten()?;
    ((0..=500).contains(&value) && !rest.0.starts_with('.')).then_some(value)
}

/// `预测日均空气质量为良或轻度污染`, `空气质量等级为三级(轻度污染)`, `空气质量以良为主`.
fn air_quality(rest: &mut Rest<'_>, mode: Mode) -> Option<Field> {
    rest.word("空气质量").then_some(())?;
    rest.any(&["指数级别", "指数类别", "级别", "等级", "类别", "状况"]);
    level(rest, mode)
}

/// `首要污染物为臭氧或PM2.5`, `首要污染物:无`.
fn primary(rest: &mut Rest<'_>, _mode: Mode) -> Option<Field> {
    rest.word("首要污染物").then_some(())?;
    rest.all(&IS);
    pollutants(rest)
}

fn pollutants(rest: &mut Rest<'_>) -> Option<Field> {
    if NONE.contains(&rest.0) {
        rest.0 = "";
        return Some(Field::Primary(Vec::new()));
    }
    let mut list = Vec::new();
    loop {
        let mut ahead = *rest;
        if !list.is_empty() && !ahead.any(&OR) {
            break;
        }
        let Some((next, _)) = pollutant(&mut ahead) else { break };
        if list.contains(&next) {
            return None;
        }
        list.push(next);
        *rest = ahead;
    }
    (!list.is_empty()).then_some(Field::Primary(list))
}

/// `PM2.5浓度为15-45微克/立方米`, `O3日最大8小时平均浓度值范围为107-141微克/立方米`.
fn concentration(rest: &mut Rest<'_>, mode: Mode) -> Option<Field> {
    let (pollutant, mut eight) = pollutant(rest)?;
    eight |= eight_hours(rest);
    let day = !eight && rest.any(&["日均", "日平均", "24小时平均"]);
    let ozone = pollutant == Pollutant::O38h;
    // A daily mean of ozone and an eight-hour mean of anything else have no index.
    if (ozone && day) || (eight && !ozone) {
        return None;
    }
    rest.word("质量");
    rest.word("浓度").then_some(())?;
    rest.word("值");
    rest.word("范围");
    // A number may only follow a word, else a lost mark goes unseen.
    let said = rest.all(&IS) + usize::from(rest.word(" "));
    (said > 0 || mode == Mode::Anyhow).then_some(())?;
    let low = quantity(rest, pollutant)?;
    let high = if rest.any(&TO) { Some(quantity(rest, pollutant)?) } else { None };
    rest.word("之间");
    let stated = unit(rest, pollutant);
    if !stated && mode == Mode::Certain {
        return None;
    }
    rest.word("之间");
    Some(Field::Concentration { pollutant, amount: amount(low, high)?, plain_ozone: ozone && !eight })
}

/// A concentration in thousandths: whole µg/m³, or mg/m³ with one decimal for CO.
fn quantity(rest: &mut Rest<'_>, pollutant: Pollutant) -> Option<Milli> {
    let from = rest.0;
    let whole = rest.digits();
    let good = (1..=4).contains(&whole.len()) && (whole == "0" || !whole.starts_with('0'));
    good.then_some(())?;
    if pollutant == Pollutant::Co && rest.word(".") {
        (rest.digits().len() == 1).then_some(())?;
    }
    (!rest.0.starts_with('.')).then_some(())?;
    parse_milli(from.strip_suffix(rest.0)?)
}

/// The unit is always asked for: every fixture of every year states it.
fn unit(rest: &mut Rest<'_>, pollutant: Pollutant) -> bool {
    if pollutant == Pollutant::Co {
        rest.any(&["毫克/立方米", "毫克每立方米", "MG/M3", " MG/M3"])
    } else {
        rest.any(&["微克/立方米", "微克每立方米", "UG/M3", " UG/M3"])
    }
}

/// Both ends, rising, or a single value.
fn amount(low: i64, high: Option<i64>) -> Option<Amount> {
    if high.is_some_and(|high| high <= low) {
        return None;
    }
    Some(Amount { range: Range::new(low, high.unwrap_or(low))?, single: high.is_none() })
}

//! The vocabulary: English and Chinese words, marks and units, which may be mixed.

use super::{Fold, Operator, Source, Tier};
use cuofeng_air::forecast::Variable;
use cuofeng_base::problem::nearest;

/// What a word or mark means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Source(Source),
    Fires,
    Aqi,
    Primary,
    Order,
    Hour,
    Month,
    Workday,
    Tier(Tier),
    /// Over the local day.
    Daily(Fold),
    /// Over a trailing window.
    Fold(Fold),
    Operator(Operator),
    And,
    Or,
    Not,
    Between,
    /// 和 of 介于 A 和 B.
    With,
    /// 之间, which adds nothing.
    Betwixt,
    In,
    /// `..`
    To,
    For,
    /// 以上 of 持续48小时以上, which adds nothing.
    OrMore,
    Within,
    /// 未来 of 未来24小时内.
    Ahead,
    /// 内 of 未来24小时内.
    Inside,
    /// 时 after a clock hour.
    OClock,
    /// 月 after a month.
    MonthMark,
    Unit(Unit),
    Open,
    Close,
    Comma,
    Minus,
}

/// A unit as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Microgram,
    Milligram,
    Celsius,
    /// 度, which is a degree of temperature or of direction.
    Du,
    Degree,
    Percent,
    MetrePerSecond,
    Millimetre,
    Watt,
    Metre,
    Kilometre,
    Hours,
    Days,
}

const fn variable(variable: Variable) -> Word {
    Word::Source(Source::Variable(variable))
}

/// Every word and mark, as [`fold`] leaves it. The first name of a meaning is the one to suggest.
const WORDS: &[(&str, Word)] = &[
    ("pm25", variable(Variable::Pm25)),
    ("pm2.5", variable(Variable::Pm25)),
    ("细颗粒物", variable(Variable::Pm25)),
    ("pm10", variable(Variable::Pm10)),
    ("可吸入颗粒物", variable(Variable::Pm10)),
    ("o3", variable(Variable::O3)),
    ("ozone", variable(Variable::O3)),
    ("臭氧", variable(Variable::O3)),
    ("no2", variable(Variable::No2)),
    ("二氧化氮", variable(Variable::No2)),
    ("so2", variable(Variable::So2)),
    ("二氧化硫", variable(Variable::So2)),
    ("co", variable(Variable::Co)),
    ("一氧化碳", variable(Variable::Co)),
    ("o3_8h", Word::Source(Source::Ozone8h)),
    ("臭氧8小时", Word::Source(Source::Ozone8h)),
    ("臭氧8小时平均", Word::Source(Source::Ozone8h)),
    ("aqi", Word::Aqi),
    ("日aqi", Word::Aqi),
    ("aqi_hour", Word::Source(Source::AqiHour)),
    ("实时aqi", Word::Source(Source::AqiHour)),
    ("小时aqi", Word::Source(Source::AqiHour)),
    ("temperature", variable(Variable::Temperature)),
    ("气温", variable(Variable::Temperature)),
    ("humidity", variable(Variable::Humidity)),
    ("湿度", variable(Variable::Humidity)),
    ("相对湿度", variable(Variable::Humidity)),
    ("wind", variable(Variable::Wind)),
    ("风速", variable(Variable::Wind)),
    ("wind_direction", variable(Variable::WindDirection)),
    ("风向", variable(Variable::WindDirection)),
    ("precipitation", variable(Variable::Precipitation)),
    ("降水", variable(Variable::Precipitation)),
    ("降水量", variable(Variable::Precipitation)),
    ("radiation", variable(Variable::Radiation)),
    ("辐射", variable(Variable::Radiation)),
    ("太阳辐射", variable(Variable::Radiation)),
    ("mixing_height", variable(Variable::MixingHeight)),
    ("混合层高度", variable(Variable::MixingHeight)),
    ("primary", Word::Primary),
    ("首要污染物", Word::Primary),
    ("order", Word::Order),
    ("上级预警", Word::Order),
    ("fires", Word::Fires),
    ("火点", Word::Fires),
    ("hour", Word::Hour),
    ("时刻", Word::Hour),
    ("month", Word::Month),
    ("月份", Word::Month),
    ("workday", Word::Workday),
    ("工作日", Word::Workday),
    ("blue", Word::Tier(Tier::Blue)),
    ("蓝", Word::Tier(Tier::Blue)),
    ("蓝色", Word::Tier(Tier::Blue)),
    ("蓝色预警", Word::Tier(Tier::Blue)),
    ("yellow", Word::Tier(Tier::Yellow)),
    ("黄", Word::Tier(Tier::Yellow)),
    ("黄色", Word::Tier(Tier::Yellow)),
    ("黄色预警", Word::Tier(Tier::Yellow)),
    ("orange", Word::Tier(Tier::Orange)),
    ("橙", Word::Tier(Tier::Orange)),
    ("橙色", Word::Tier(Tier::Orange)),
    ("橙色预警", Word::Tier(Tier::Orange)),
    ("red", Word::Tier(Tier::Red)),
    ("红", Word::Tier(Tier::Red)),
    ("红色", Word::Tier(Tier::Red)),
    ("红色预警", Word::Tier(Tier::Red)),
    ("daily_max", Word::Daily(Fold::Max)),
    ("日最大", Word::Daily(Fold::Max)),
    ("日最大值", Word::Daily(Fold::Max)),
    ("daily_mean", Word::Daily(Fold::Mean)),
    ("日平均", Word::Daily(Fold::Mean)),
    ("日平均值", Word::Daily(Fold::Mean)),
    ("日均", Word::Daily(Fold::Mean)),
    ("日均值", Word::Daily(Fold::Mean)),
    ("daily_min", Word::Daily(Fold::Min)),
    ("日最小", Word::Daily(Fold::Min)),
    ("日最小值", Word::Daily(Fold::Min)),
    ("mean", Word::Fold(Fold::Mean)),
    ("平均", Word::Fold(Fold::Mean)),
    ("平均值", Word::Fold(Fold::Mean)),
    ("max", Word::Fold(Fold::Max)),
    ("最大", Word::Fold(Fold::Max)),
    ("最大值", Word::Fold(Fold::Max)),
    ("min", Word::Fold(Fold::Min)),
    ("最小", Word::Fold(Fold::Min)),
    ("最小值", Word::Fold(Fold::Min)),
    ("sum", Word::Fold(Fold::Sum)),
    ("累计", Word::Fold(Fold::Sum)),
    (">", Word::Operator(Operator::Above)),
    ("高于", Word::Operator(Operator::Above)),
    ("大于", Word::Operator(Operator::Above)),
    ("超过", Word::Operator(Operator::Above)),
    ("高过", Word::Operator(Operator::Above)),
    (">=", Word::Operator(Operator::AtLeast)),
    ("≥", Word::Operator(Operator::AtLeast)),
    ("不低于", Word::Operator(Operator::AtLeast)),
    ("达到", Word::Operator(Operator::AtLeast)),
    ("不小于", Word::Operator(Operator::AtLeast)),
    ("不少于", Word::Operator(Operator::AtLeast)),
    ("大于等于", Word::Operator(Operator::AtLeast)),
    ("<", Word::Operator(Operator::Below)),
    ("低于", Word::Operator(Operator::Below)),
    ("小于", Word::Operator(Operator::Below)),
    ("少于", Word::Operator(Operator::Below)),
    ("<=", Word::Operator(Operator::AtMost)),
    ("≤", Word::Operator(Operator::AtMost)),
    ("不高于", Word::Operator(Operator::AtMost)),
    ("不大于", Word::Operator(Operator::AtMost)),
    ("不超过", Word::Operator(Operator::AtMost)),
    ("小于等于", Word::Operator(Operator::AtMost)),
    ("=", Word::Operator(Operator::Equal)),
    ("==", Word::Operator(Operator::Equal)),
    ("等于", Word::Operator(Operator::Equal)),
    ("为", Word::Operator(Operator::Equal)),
    ("!=", Word::Operator(Operator::NotEqual)),
    ("≠", Word::Operator(Operator::NotEqual)),
    ("不等于", Word::Operator(Operator::NotEqual)),
    ("不为", Word::Operator(Operator::NotEqual)),
    ("and", Word::And),
    ("且", Word::And),
    ("并且", Word::And),
    ("而且", Word::And),
    ("同时", Word::And),
    ("or", Word::Or),
    ("或", Word::Or),
    ("或者", Word::Or),
    ("或是", Word::Or),
    ("not", Word::Not),
    ("非", Word::Not),
    ("between", Word::Between),
    ("介于", Word::Between),
    ("和", Word::With),
    ("与", Word::With),
    ("之间", Word::Betwixt),
    ("in", Word::In),
    ("在", Word::In),
    ("属于", Word::In),
    ("..", Word::To),
    ("~", Word::To),
    ("to", Word::To),
    ("至", Word::To),
    ("到", Word::To),
    ("for", Word::For),
    ("持续", Word::For),
    ("连续", Word::For),
    ("以上", Word::OrMore),
    ("及以上", Word::OrMore),
    ("within", Word::Within),
    ("未来", Word::Ahead),
    ("内", Word::Inside),
    ("以内", Word::Inside),
    ("之内", Word::Inside),
    ("时", Word::OClock),
    ("点", Word::OClock),
    ("月", Word::MonthMark),
    ("µg/m³", Word::Unit(Unit::Microgram)),
    ("µg/m3", Word::Unit(Unit::Microgram)),
    ("µg/㎥", Word::Unit(Unit::Microgram)),
    ("㎍/㎥", Word::Unit(Unit::Microgram)),
    ("ug/m³", Word::Unit(Unit::Microgram)),
    ("ug/m3", Word::Unit(Unit::Microgram)),
    ("微克每立方米", Word::Unit(Unit::Microgram)),
    ("微克/立方米", Word::Unit(Unit::Microgram)),
    ("mg/m³", Word::Unit(Unit::Milligram)),
    ("mg/m3", Word::Unit(Unit::Milligram)),
    ("mg/㎥", Word::Unit(Unit::Milligram)),
    ("毫克每立方米", Word::Unit(Unit::Milligram)),
    ("毫克/立方米", Word::Unit(Unit::Milligram)),
    ("°c", Word::Unit(Unit::Celsius)),
    ("℃", Word::Unit(Unit::Celsius)),
    ("摄氏度", Word::Unit(Unit::Celsius)),
    ("度", Word::Unit(Unit::Du)),
    ("°", Word::Unit(Unit::Degree)),
    ("%", Word::Unit(Unit::Percent)),
    ("m/s", Word::Unit(Unit::MetrePerSecond)),
    ("米每秒", Word::Unit(Unit::MetrePerSecond)),
    ("米/秒", Word::Unit(Unit::MetrePerSecond)),
    ("mm", Word::Unit(Unit::Millimetre)),
    ("毫米", Word::Unit(Unit::Millimetre)),
    ("w/m²", Word::Unit(Unit::Watt)),
    ("w/m2", Word::Unit(Unit::Watt)),
    ("w/㎡", Word::Unit(Unit::Watt)),
    ("瓦每平方米", Word::Unit(Unit::Watt)),
    ("瓦/平方米", Word::Unit(Unit::Watt)),
    ("m", Word::Unit(Unit::Metre)),
    ("米", Word::Unit(Unit::Metre)),
    ("km", Word::Unit(Unit::Kilometre)),
    ("公里", Word::Unit(Unit::Kilometre)),
    ("千米", Word::Unit(Unit::Kilometre)),
    ("h", Word::Unit(Unit::Hours)),
    ("hours", Word::Unit(Unit::Hours)),
    ("小时", Word::Unit(Unit::Hours)),
    ("个小时", Word::Unit(Unit::Hours)),
    ("d", Word::Unit(Unit::Days)),
    ("day", Word::Unit(Unit::Days)),
    ("days", Word::Unit(Unit::Days)),
    ("天", Word::Unit(Unit::Days)),
    ("日", Word::Unit(Unit::Days)),
    ("(", Word::Open),
    (")", Word::Close),
    (",", Word::Comma),
    ("-", Word::Minus),
];

impl Unit {
    /// The factor `times / over` that takes a value in this unit to `wanted`; nothing for another dimension.
    pub(super) fn factor(self, wanted: &str) -> Option<(i64, i64)> {
        match (self, wanted) {
            (Self::Microgram, "µg/m³")
            | (Self::Milligram, "mg/m³")
            | (Self::Celsius | Self::Du, "°C")
            | (Self::Degree | Self::Du, "°")
            | (Self::Percent, "%")
            | (Self::MetrePerSecond, "m/s")
            | (Self::Millimetre, "mm")
            | (Self::Watt, "W/m²")
            | (Self::Metre, "m") => Some((1, 1)),
            (Self::Milligram, "µg/m³") | (Self::Kilometre, "m") => Some((1000, 1)),
            (Self::Microgram, "mg/m³") => Some((1, 1000)),
            _ => None,
        }
    }
}

/// A character as the vocabulary has it: half-width, lower case, one of several look-alikes.
pub(super) fn fold(c: char) -> char {
    match c {
        // The full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c).to_ascii_lowercase(),
        // The Greek letter and the micro sign look the same and mean the same.
        'μ' => 'µ',
        '、' => ',',
        '−' => '-',
        '—' | '–' | '〜' => '~',
        _ => c.to_ascii_lowercase(),
    }
}

/// A count below a hundred in Chinese numerals: 两, 十二, 二十四.
pub(super) fn numeral(text: &str) -> Option<u32> {
    const DIGITS: &str = "一二三四五六七八九";
    let digit = |text: &str| {
        let mut chars = text.chars();
        let (c, None) = (chars.next()?, chars.next()) else { return None };
        let at = DIGITS.chars().position(|digit| digit == c)?;
        u32::try_from(at + 1).ok()
    };
    let Some((tens, ones)) = text.split_once('十') else {
        return if text == "两" { Some(2) } else { digit(text) };
    };
    let tens = if tens.is_empty() { 1 } else { digit(tens)? };
    let ones = if ones.is_empty() { 0 } else { digit(ones)? };
    Some(tens * 10 + ones)
}

/// Whether a folded character goes on with a word of Latin letters or a unit.
pub(super) const fn joins(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '^' | '²' | '³' | '°' | 'µ' | '%' | '℃' | '㎥' | '㎡')
}

/// The longest word or mark that `text` begins with, and its bytes. Latin words end where their letters end; Chinese
/// words need no space round them.
pub(super) fn longest(text: &str) -> Option<(usize, Word)> {
    let mut best: Option<(usize, Word)> = None;
    for (name, word) in WORDS {
        if let Some(length) = begins(text, name)
            && best.is_none_or(|(longest, _)| length > longest)
        {
            best = Some((length, *word));
        }
    }
    best
}

fn begins(text: &str, name: &str) -> Option<usize> {
    let mut rest = text.chars();
    for wanted in name.chars() {
        if fold(rest.next()?) != wanted {
            return None;
        }
    }
    let length = text.len() - rest.as_str().len();
    let latin = name.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
    let goes_on = rest.next().is_some_and(|c| joins(fold(c)));
    (!(latin && goes_on)).then_some(length)
}

/// The known word that a misspelt one was probably meant to be.
pub(super) fn meant(written: &str) -> Option<&'static str> {
    // Longer than any word twice over: not a slip of the finger, and costly to compare.
    if written.chars().count() > 40 {
        return None;
    }
    let written: String = written.chars().map(fold).collect();
    let word = |name: &&str| name.chars().count() > 1 && name.chars().next().is_some_and(char::is_alphabetic);
    nearest(&written, WORDS.iter().map(|(name, _)| *name).filter(word))
}

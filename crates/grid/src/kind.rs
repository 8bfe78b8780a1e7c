//! What a row is, where it is none of the table's data.
//!
//! In: the cells of a row. Out: that it holds units, a total or a remark. Can't happen: a row with a name and values of
//! its own taken for one of these: it is told by its first cell, and units by all of them.

use super::Row;
use super::clean::{half_width, trimmed};

/// A row that was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It stands above the header: a title, instructions.
    Above,
    /// The units of the columns, below the header.
    Units,
    /// A total, a mean, an extreme.
    Summary,
    /// A remark, who filled the table in.
    Remark,
    /// Cells to the right of the last heading.
    Beside,
}

/// Spellings of units, in one width, small letters, `u` for micro.
const UNITS: [&str; 68] = [
    "ug/m3",
    "mg/m3",
    "ng/m3",
    "g/m3",
    "ug/nm3",
    "mg/nm3",
    "ppb",
    "ppm",
    "%",
    "m/s",
    "km/h",
    "℃",
    "°c",
    "oc",
    "degc",
    "°f",
    "℉",
    "degf",
    "k",
    "°",
    "deg",
    "hpa",
    "kpa",
    "pa",
    "mm",
    "m",
    "km",
    "w/m2",
    "mj/m2",
    "kg/h",
    "g/h",
    "t/a",
    "kg/a",
    "t",
    "kg",
    "kw",
    "kwh",
    "h",
    "d",
    "元",
    "万元",
    "家",
    "个",
    "户",
    "小时",
    "天",
    "米",
    "毫米",
    "米/秒",
    "度",
    "摄氏度",
    "百帕",
    "微克/立方米",
    "毫克/立方米",
    "微克每立方米",
    "毫克每立方米",
    "千克/小时",
    "公斤/小时",
    "千克每小时",
    "克/小时",
    "吨/年",
    "千克/年",
    "公斤/年",
    "吨",
    "千克",
    "公斤",
    "千瓦",
    "无量纲",
];

/// Words by which a cell stands for many rows, alone or behind a name (`青杠村小计`).
const SUMMARIES: [&str; 34] = [
    "合计",
    "总计",
    "小计",
    "共计",
    "累计",
    "总和",
    "汇总",
    "最大值",
    "最小值",
    "最大",
    "最小",
    "最高值",
    "最低值",
    "平均值",
    "平均",
    "均值",
    "平均数",
    "日均值",
    "月均值",
    "年均值",
    "标准差",
    "中位数",
    "极值",
    "达标率",
    "超标率",
    "有效率",
    "有效数",
    "max",
    "min",
    "mean",
    "avg",
    "average",
    "total",
    "sum",
];

/// Endings of such words behind a name.
const ENDINGS: [&str; 6] = ["合计", "总计", "小计", "平均值", "最大值", "最小值"];

/// Beginnings of remarks and of what stands below a form.
const REMARKS: [&str; 16] = [
    "注",
    "备注",
    "说明",
    "填表说明",
    "填报说明",
    "填表人",
    "填报人",
    "制表人",
    "制表",
    "审核人",
    "审核",
    "负责人",
    "单位负责人",
    "数据来源",
    "资料来源",
    "填报单位",
];

/// Headings of columns that every table may have and no reader needs.
pub const ASIDE: [&str; 30] = [
    "序号",
    "序",
    "备注",
    "说明",
    "注",
    "职务",
    "no",
    "no.",
    "#",
    "remark",
    "remarks",
    "note",
    "notes",
    "comment",
    "职位",
    "岗位",
    "地址",
    "详细地址",
    "经营地址",
    "生产地址",
    "法人",
    "法定代表人",
    "所属区域",
    "所属网格",
    "填表人",
    "填报人",
    "填表日期",
    "填报日期",
    "更新日期",
    "更新时间",
];

/// Whether a heading names a column that is nobody's error: a number, a remark.
#[must_use]
pub fn is_aside(heading: &str) -> bool {
    ASIDE.contains(&heading.to_lowercase().as_str())
}

/// Whether a text is the spelling of a unit.
#[must_use]
pub fn is_unit(text: &str) -> bool {
    UNITS.contains(&plain_unit(text).as_str())
}

/// A heading and the unit that stands behind it in brackets: `VOCs（千克/小时）`, `臭氧(μg/m³)`.
#[must_use]
pub fn unit_of(heading: &str) -> (&str, Option<&str>) {
    let whole = (heading, None);
    let Some(inner) = heading.strip_suffix(')') else { return whole };
    match inner.rsplit_once('(') {
        Some((name, unit)) if !name.is_empty() && is_unit(unit) => (name, Some(unit)),
        _ => whole,
    }
}

/// Whether two spellings are of one unit, where both are known.
pub(super) fn plain_unit(text: &str) -> String {
    let text = half_width(text).to_lowercase().replace(['μ', 'µ'], "u").replace('³', "3").replace('²', "2");
    let text = text.replace('㎍', "ug").replace('㎎', "mg").replace('㎥', "m3").replace(['^', ' '], "");
    text.trim_matches(['(', ')', '[', ']']).trim_start_matches("单位:").to_owned()
}

/// Whether every cell of a row is a unit or blank.
pub(super) fn is_units(row: Row<'_>) -> bool {
    let mut found = false;
    let fits = row.iter().map(trimmed).all(|cell| {
        let unit = is_unit(cell);
        found |= unit;
        unit || matches!(cell, "" | "-" | "—" | "/" | "单位")
    });
    fits && found
}

/// What a row stands for, if it stands for others.
pub(super) fn of(row: Row<'_>) -> Option<Kind> {
    let first = row.iter().map(trimmed).find(|cell| !cell.is_empty())?;
    // Most rows begin with a number or a code.
    if first.as_bytes().iter().any(u8::is_ascii_digit) && first.is_ascii() {
        return None;
    }
    let word = half_width(first);
    if word.split_once(':').is_some_and(|(head, _)| REMARKS.contains(&head.trim())) {
        return Some(Kind::Remark);
    }
    let word = word.trim_end_matches([':', ' ']);
    let word = word.strip_suffix(')').and_then(|inner| inner.rsplit_once('(')).map_or(word, |(name, _)| name);
    let word: String = word.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let is = SUMMARIES.contains(&word.as_str())
        || (word.chars().count() <= 10 && ENDINGS.iter().any(|ending| word.ends_with(ending)));
    is.then_some(Kind::Summary)
}

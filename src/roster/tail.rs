//! Rows that are none of the data: what offices write below a table.
//!
//! In: the first cell of a row that shows anything. Out: whether the row is a sum, a mean or a note. Can't happen: a row
//! whose first cell is an identifier, a code or a name taken for one.

use crate::grid::half_width;
use crate::text::outside;

/// Heads of rows that sum up what stands above them.
const SUMS: [&str; 20] = [
    "合计",
    "总计",
    "小计",
    "共计",
    "汇总",
    "平均",
    "平均值",
    "均值",
    "最大",
    "最大值",
    "最小",
    "最小值",
    "total",
    "sum",
    "average",
    "mean",
    "max",
    "maximum",
    "min",
    "minimum",
];

/// Heads of what is written below a table, a colon behind them.
const NOTES: [&str; 17] = [
    "注",
    "备注",
    "说明",
    "填表说明",
    "填表人",
    "填表单位",
    "填表日期",
    "填报人",
    "填报单位",
    "填报日期",
    "制表",
    "制表人",
    "制表单位",
    "审核",
    "审核人",
    "负责人签字",
    "单位负责人",
];

/// Whether a row is none of the data, by its first cell that shows anything.
pub(super) fn is_tail(first: &str) -> bool {
    let cell = half_width(&outside::line(first)).to_lowercase();
    let cell: String = cell.chars().filter(|c| !c.is_whitespace()).collect();
    let after = |word: &str| cell.strip_prefix(word).map(|rest| rest.chars().next());
    // `合计3家`: in Chinese a number follows the word; `max1` may be a name.
    let sums = SUMS.iter().any(|word| match after(word) {
        Some(None | Some(':' | '(')) => true,
        Some(Some(next)) => next.is_ascii_digit() && !word.is_ascii(),
        None => false,
    });
    sums || NOTES.iter().any(|word| after(word) == Some(Some(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_notes_are_none_of_the_data_and_names_are() {
        for cell in [
            "合计",
            " 合 计 ",
            "合计：",
            "合计3家",
            "合计（家）",
            "最大值",
            "平均",
            "Total",
            "注：绩效等级以名单为准",
            "填表人：张某某",
        ] {
            assert!(is_tail(cell), "{cell}");
        }
        for cell in ["E001", "MAX1", "SUM01", "合计厂", "平均村", "注塑厂", "说明", "备注", "500199001201", "1", ""]
        {
            assert!(!is_tail(cell), "{cell}");
        }
    }
}

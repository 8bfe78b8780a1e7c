//! Bulletins with tables.

use cuofeng_aqi::Pollutant::{O38h, Pm25};

use super::{Said, index, prefilled, read, said, under_head};

#[test]
fn cells_beside_the_air_that_make_no_row_wait() {
    for (rows, aqi) in [
        ("日期\t天气\tAQI\t级别\n8月13日\t白天晴夜间多云\t60-90\t良", (60, 90)),
        ("日期\tAQI\t级别\t健康提示\n8月13日\t60-90\t良\t午后减少户外活动", (60, 90)),
        ("星期四\t8月13日\t60-90\t良\tO3", (60, 90)),
        ("1\t8月13日\t星期四\t105-135\t轻度污染\tO3", (105, 135)),
    ] {
        let bulletin = under_head(rows);
        let found: Vec<_> = bulletin.days.iter().map(|outlook| (said(outlook).0, said(outlook).1)).collect();
        assert_eq!(found, [(13, Some(aqi))], "{rows}: {bulletin:#?}");
        assert_eq!(bulletin.aside, [], "{rows}");
    }
    // A number beside two days is of one of them, nobody knows which.
    let bulletin = under_head("8月13日\t明天\t60-90\tO3");
    assert!(bulletin.days.is_empty() && !bulletin.aside.is_empty(), "{bulletin:#?}");
}

/// The rows below a date that spans them vanished.
#[test]
fn cells_that_span_rows_and_columns_are_unfolded() {
    let page = |rows: &str| read(&format!("<html><p>发布时间：2026-08-12 17:00</p><table>{rows}</table></html>"), None);
    let head = "<tr><td>日期</td><td>区域</td><td>AQI</td></tr>";
    let bulletin = page(&format!(
        "{head}<tr><td rowspan=\"2\">8月13日</td><td>全市</td><td>60-80</td></tr><tr><td>巴河镇</td><td>155-185</td></tr>\
         <tr><td ROWSPAN=2>8月14日</td><td>全市</td><td>70-90</td></tr><tr><td>巴河镇</td><td>160-190</td></tr>"
    ));
    let aqi = |(low, high): (i64, i64)| Some((low, high));
    assert_eq!(
        prefilled(&bulletin),
        [(13, aqi((60, 80))), (13, aqi((155, 185))), (14, aqi((70, 90))), (14, aqi((160, 190)))].map(|(day, aqi)| (
            day,
            aqi,
            None,
            vec![]
        )),
        "{:#?}",
        bulletin.pieces
    );
    // Two heads, one below the other.
    let bulletin = page(
        "<tr><th rowspan=2>日期</th><th colspan=2>空气质量</th></tr><tr><th>AQI</th><th>级别</th></tr>\
         <tr><td>8月13日</td><td>60-90</td><td>良</td></tr>",
    );
    let found: Vec<Said> = bulletin.days.iter().map(said).collect();
    assert_eq!(found, [(13, Some((60, 90)), Some((2, 2)), vec![])], "{:#?}", bulletin.pieces);
    // However far a cell is said to reach, it is read in time.
    let wide = "<tr><td rowspan=99999 colspan=99999>8月13日</td><td>60-90</td></tr>".repeat(3000);
    let begun = std::time::Instant::now();
    page(&wide);
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
}

#[test]
fn tables_read_by_header_or_by_the_dates_above_their_columns() {
    let rows = "日期  星期  AQI预报范围  空气质量级别  首要污染物\n8月13日  星期四  105-135  轻度污染  臭氧\n8月14日  星期五  60-90  二级  --\n";
    let bulletin = under_head(rows);
    let found: Vec<Said> = bulletin.days.iter().map(said).collect();
    assert_eq!(found[0], index(13, 105, 135, (3, 3), O38h));
    assert_eq!(bulletin.aside.iter().map(|a| a.why.key()).collect::<Vec<_>>(), ["bulletin.primary_none"]);
    let page = "<html><p>发布时间：2026-08-12 17:00</p><table><tr><td>日期</td><td>8月13日</td><td>8月14日</td></tr>\
        <tr><td>AQI</td><td><p>105-135</p></td><td>60-90</td></tr><tr><td>级别</td><td>轻度污染</td><td>良</td></tr>\
        <tr><td>首要污染物</td><td>O<sub>3</sub></td><td>PM<sub>2.5</sub></td></tr></table></html>";
    let found: Vec<Said> = read(page, None).days.iter().map(said).collect();
    assert_eq!(found, [index(13, 105, 135, (3, 3), O38h), index(14, 60, 90, (2, 2), Pm25)]);
}

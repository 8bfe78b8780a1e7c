//! Whose index it is.

use cuofeng_aqi::Pollutant::{O38h, Pm10, Pm25};

use super::{Said, index, of_town, prefilled, said, under_head};

#[test]
fn primary_pollutants_are_understood_however_they_are_written() {
    for (words, pollutant) in [
        ("O3（8h）", O38h),
        ("O3-8H", O38h),
        ("O₃_8h", O38h),
        ("臭氧（O3-8H）", O38h),
        ("臭氧（O 3 ）", O38h),
        ("臭氧（8小时）", O38h),
        ("可吸入颗粒物（PM 10 ）", Pm10),
        ("颗粒物（PM10）", Pm10),
        ("PM 2.5", Pm25),
    ] {
        let bulletin = under_head(&format!("8月13日，空气质量为良，首要污染物为{words}，AQI为60-90。"));
        assert_eq!(bulletin.days.first().map(|o| o.primary.clone()), Some(vec![pollutant]), "{words}: {bulletin:?}");
    }
}

/// The hull of a day's parts lost it, and the last day of a sentence had it alone.
#[test]
fn the_primary_pollutant_is_that_of_the_day_and_of_all_days_of_its_sentence() {
    let bulletin = of_town("8月13日白天AQI 155-185，中度污染；夜间AQI 55-75，良，首要污染物臭氧。");
    let found: Vec<Said> = bulletin.days.iter().map(said).collect();
    assert_eq!(found, [index(13, 55, 185, (2, 4), O38h)], "{:#?}", bulletin.pieces);
    for all in ["首要污染物均为臭氧", "首要污染物都是臭氧", "首要污染物都为臭氧"] {
        let bulletin = of_town(&format!("13日-14日，轻度污染，AQI 110-130；15日，良，AQI 60-80；{all}"));
        let found: Vec<Said> = bulletin.days.iter().map(said).collect();
        let right = [(13, 110, 130, (3, 3)), (14, 110, 130, (3, 3)), (15, 60, 80, (2, 2))]
            .map(|(day, low, high, levels)| index(day, low, high, levels, O38h));
        assert_eq!(found, right, "{all}: {:#?}", bulletin.pieces);
    }
    // Of the sentence, and no more.
    let bulletin = of_town("13日，轻度污染，AQI 110-130。14日，良，AQI 60-80；15日，良，AQI 60-80；首要污染物均为臭氧");
    let named: Vec<bool> = bulletin.days.iter().map(|outlook| !outlook.primary.is_empty()).collect();
    assert_eq!(named, [false, true, true], "{:#?}", bulletin.pieces);
}

/// The columns of a head that is known were mixed into one index.
#[test]
fn columns_are_not_mixed_into_what_is_prefilled() {
    let bulletin = of_town("日期\tPM2.5\tO3_8h\tAQI\t首要污染物\n8月13日\t30-45\t165-200\t105-135\tO3");
    assert_eq!(prefilled(&bulletin), [(13, Some((105, 135)), None, vec![O38h])], "{:#?}", bulletin.pieces);
    // Without a head nobody knows which of them it is.
    let bulletin = of_town("8月13日\t30-45\t165-200\t105-135\tO3");
    assert_eq!(prefilled(&bulletin), [(13, None, None, vec![O38h])], "{:#?}", bulletin.pieces);
}

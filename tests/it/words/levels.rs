//! Limits, levels and indices in words.

use super::{LEVELS, at, mail_of, site_in};
use crate::office::{self, MORNING, folder, letters, mails, ruled, run, text};

#[test]
fn a_limit_is_named_only_where_the_rule_uses_it() {
    for (figure, said, unsaid) in
        [("160", "二级浓度限值 160", "本办提示值"), ("150", "高于 150（本办提示值）", "限值 150")]
    {
        let dir = folder();
        let site = ruled(dir.path(), &at(figure));
        assert!(run(&MORNING, &site).status.success());
        let told = mails(&site);
        assert!(told.contains(said) && !told.contains(unsaid), "{figure}: {told}");
        assert_eq!(told.contains("超标"), figure == "160" || told.contains("，臭氧超标"), "{told}");
        let outward: Vec<&str> = told.lines().filter(|line| line.contains("建议贵单位")).collect();
        assert!(outward.iter().all(|line| line.contains("超标") == (figure == "160")), "{outward:?}");
    }
}

#[test]
fn each_levels_advice_stands_for_its_own_days() {
    let dir = folder();
    let site = ruled(dir.path(), LEVELS);
    let once = run(&MORNING, &site);
    assert!(once.status.success(), "{}", text(&once));
    let told = mails(&site);
    for said in [
        "9月12日、13日：物料覆盖，增加洒水频次",
        "9月14日：停止露天作业，物料全部覆盖",
        "9月14日：不便停产，请降低负荷约 30%",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(!told.contains("照常进行；停止") && !told.contains("照常进行。停止"), "{told}");
    let sms =
        letters(&site).into_iter().find(|(name, _)| name.contains("E031") && name.contains(".sms.")).expect("an SMS").1;
    assert!(sms.contains("9月14日降低负荷约30%"), "{sms}");
}

#[test]
fn an_index_is_said_once_with_whose_it_is() {
    let dir = folder();
    let site = site_in(dir.path(), "zh");
    assert!(run(&["demo"], &site).status.success());
    let duty = mail_of(&site, &["national-tiers-wuping-20260913-1.r1.raise.duty-"]);
    let first = duty.split("第 2 项").next().expect("an item");
    assert!(first.contains("AQI预报：9月14日高于 150（环大气〔2024〕6号）"), "{duty}");
    assert_eq!(first.matches("9月14日 173").count(), 1, "{duty}");
}

#[test]
fn a_template_that_would_print_an_empty_fact_is_refused_before_the_night() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let path = site.join("templates/zh/ozone/enterprise.sms.txt");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    for (words, found) in [
        ("【{{ sign }}】预报超标（{{ findings | join(\"；\") }}）", "可能是空的"),
        ("【{{ sign }}】预报超标（{% for finding in findings %}{{ finding }}{% endfor %}，参考值）", "（，"),
    ] {
        std::fs::write(&path, words).expect("a template");
        let check = run(&["check"], &site);
        assert!(!check.status.success() && text(&check).contains(found), "{found}: {}", text(&check));
    }
}

#[test]
fn hours_of_two_levels_are_said_once_and_what_each_asks_beside_them_on_its_days() {
    let rule = LEVELS
        .replace("shape = \"days\"", "shape = \"10-17\"")
        .replace("ask = \"care\"\nactivities = [\"crush\"]", "ask = \"shift\"\nactivities = [\"spray\"]")
        .replace("停止露天作业，物料全部覆盖", "关闭车间门窗")
        .replace("物料覆盖，增加洒水频次", "检查活性炭")
        .replace("brickworks", "auto_paint");
    let dir = folder();
    let site = ruled(dir.path(), &rule);
    let once = run(&MORNING, &site);
    assert!(once.status.success(), "{}", text(&once));
    let mail = mail_of(&site, &["enterprise-E038"]);
    let line = mail.lines().find(|line| line.contains("喷烤漆房喷涂：")).expect("a line");
    assert!(line.contains("9月12日、13日另请检查活性炭；9月14日另请关闭车间门窗"), "{line}");
    assert_eq!(line.matches("9月12日").count(), 2, "{line}");
}

//! Worst-case data: the longest values that templates are likely to meet, for `check`.

use super::merged::Gist;
use super::{Audience, Content, Fact, Line, Purpose, Recipient};
use crate::rules::{Recipients, Rule, Tell};
use crate::text::Lang;

/// One content a purpose, of a rule.
#[must_use]
pub fn contents(rule: &Rule, lang: Lang) -> Vec<Content> {
    let level = rule.levels.first().map_or_else(String::new, |l| l.name.clone());
    let of_rule = |content| Content { level: level.clone(), source: rule.source.clone(), ..content };
    let told = |content: &Content| content.purpose != Purpose::Reminder;
    of(&rule.name, lang).into_iter().filter(told).map(of_rule).collect()
}

/// One content a purpose, with a title; the last is of a reminder.
#[must_use]
pub fn of(title: &str, lang: Lang) -> Vec<Content> {
    let zh = lang == Lang::Zh;
    let pick = |a: &str, b: &str| if zh { a.to_owned() } else { b.to_owned() };
    let fact = Fact {
        when: pick("12月28日", "28 December"),
        what: pick("臭氧8小时平均浓度日最大值", "largest 8-hour mean of ozone"),
        value: "1000.5".into(),
        unit: pick("微克每立方米", "µg/m³"),
        comparison: pick("不低于", "at least"),
        threshold: "160".into(),
    };
    [Purpose::Raise, Purpose::Update, Purpose::Lift, Purpose::Cancel, Purpose::Reminder]
        .into_iter()
        .map(|purpose| Content {
            office: pick("某某区某某街道生态环境保护办公室", "Environment Office of the Township"),
            phone: "023-00000000".into(),
            region: pick("某某街道", "the township"),
            purpose,
            title: title.to_owned(),
            level: String::new(),
            source: String::new(),
            order: String::new(),
            periods: pick("12月25日至12月28日每日10:00—17:00", "25 December to 28 December, daily 10:00—17:00"),
            periods_spoken: pick("十二月二十五日到十二月二十八日", "25 December to 28 December"),
            phone_spoken: pick("零二三，零零零零零零零零", "023-00000000"),
            date: pick("2026年12月25日", "25 December 2026"),
            facts: vec![fact.clone(), fact.clone(), fact.clone(), fact.clone()],
            indexes: vec![pick("12月28日 500（严重污染）", "28 December 500 (Severely polluted)"); 4],
            standard: "HJ 633-2026".into(),
            revision: 12,
            previous: pick("12月24日20:00", "24 December 20:00"),
            data_label: pick("某某省生态环境监测中心", "Provincial monitoring centre"),
            issued: pick("12月25日07:00", "25 December 07:00"),
            shaped: pick("逐时数值由日预报按经验曲线推算", "hours worked out from a daily forecast"),
            reason: pick("预报时段有变", "the forecast hours changed"),
            mistaken: purpose == Purpose::Cancel,
            reply: "KQF".into(),
            about: pick("某某汽车销售服务有限公司（含喷漆房）", "Car Sales and Service Company"),
            worth: vec![pick("方案", "the plan"); 3],
            measures: pick(
                "涉挥发性有机物排放工序停止作业，工地停止土方作业，增加道路洒水。",
                "Stop painting and earthworks; water the roads.",
            ),
            deadline: pick("12月25日18:00", "25 December 18:00"),
            link: "https://office.example.com/n/".into(),
        })
        .collect()
}

/// What a notice asks in a few words, at its longest.
#[must_use]
pub fn gist(lang: Lang) -> Gist {
    let pick = |a: &str, b: &str| if lang == Lang::Zh { a.to_owned() } else { b.to_owned() };
    Gist {
        title: pick("臭氧错峰生产提示（有变，以本次为准）", "Ozone advice (changed, this replaces the last notice)"),
        periods: pick("12月25日至12月28日每日10:00—17:00", "25 December to 28 December, daily 10:00—17:00"),
        asks: pick("喷涂改在06:00—10:00、17:00—23:00", "painting moves to 06:00—10:00, 17:00—23:00"),
        reply: "KQF".into(),
        link: "https://office.example.com/n/".into(),
    }
}

/// A recipient's name.
pub const NAME: &str = "某某汽车销售服务有限公司（含喷漆房）";

/// A recipient of the class that `tell` names.
#[must_use]
pub fn recipient(tell: &Tell) -> Recipient<'static> {
    let audience = match tell.to {
        Recipients::Enterprises => Audience::Enterprise,
        Recipients::Villages => Audience::Village,
        Recipients::Keepers => Audience::Keeper,
        Recipients::Departments => Audience::Department,
        Recipients::Duty | Recipients::Releasers | Recipients::Deputies => Audience::Duty,
    };
    Recipient {
        audience,
        id: "sample".into(),
        name: NAME.into(),
        person: Some("欧阳某某".into()),
        enterprise: None,
        email: Some("someone@example.com".into()),
        mobile: Some("10000000000".into()),
        loudspeaker: Some("speaker".into()),
        ways: Vec::new(),
    }
}

/// Three lines of a plan.
#[must_use]
pub fn lines(lang: Lang) -> Vec<Line> {
    let text = match lang {
        Lang::Zh => "10:00—17:00停止，可在06:00—10:00、17:00—23:00进行",
        Lang::En => "stop 10:00—17:00; may run 06:00—10:00, 17:00—23:00",
    };
    let line = |name: &str, moves| Line { name: name.into(), text: text.into(), short: text.into(), moves };
    vec![line("喷烤漆房喷涂", true), line("喷烤漆房烘干", true), line("印版和墨辊清洗", false)]
}

//! Worst-case data: the longest values that templates are likely to meet, and the barest, for `check`.

use super::merged::Gist;
use super::{Air, Audience, Basis, Content, Fact, Line, Purpose, Recipient};
use cuofeng_aqi::Pollutant;
use cuofeng_base::text::Lang;
use cuofeng_rules::{Recipients, Rule, Tell};

/// One content a purpose, of a rule.
#[must_use]
pub fn contents(rule: &Rule, lang: Lang) -> Vec<Content> {
    let level = match (&rule.relays, lang) {
        (Some(_), Lang::Zh) => "重污染天气应急响应".to_owned(),
        (Some(_), Lang::En) => "heavy pollution response".to_owned(),
        (None, _) => rule.levels.first().map_or_else(String::new, |l| l.name.clone()),
    };
    let title = if rule.name.is_empty() { level.clone() } else { rule.name.clone() };
    let banned = super::is_banned(rule);
    let asked = |content: &Content| match content.purpose.ends() {
        _ if !banned => content.asks.clone(),
        true => cuofeng_base::msg!("asks.resume_banned").text(lang),
        false => cuofeng_base::msg!("asks.patrol_silent").text(lang),
    };
    // Of what is forbidden all the year nothing is taken away.
    let changed = |content: &Content| match (content.purpose, lang) {
        (Purpose::Update, Lang::Zh) if banned => "12月25日、26日恢复日常巡查，禁烧要求不变".to_owned(),
        (Purpose::Update, Lang::En) if banned => {
            "25 December back to the usual patrols; burning stays forbidden".to_owned()
        }
        _ => content.change.clone(),
    };
    let of_rule = |content: Content| Content {
        level: level.clone(),
        source: rule.source.clone(),
        asks: asked(&content),
        change: changed(&content),
        short_change: changed(&content),
        banned,
        ..content
    };
    let told = |content: &Content| content.purpose != Purpose::Reminder;
    of(&title, lang).into_iter().filter(told).map(of_rule).collect()
}

/// The same, and each purpose for every basis that there is beside a forecast, of which nothing more is known than that.
#[must_use]
pub fn variants(rule: &Rule, lang: Lang) -> Vec<Content> {
    let mut all = contents(rule, lang);
    let undone = match lang {
        Lang::Zh => "昨晚的解除作废，提示继续有效",
        Lang::En => "the lift of last night is void, the advice stands",
    };
    let again = |content: &Content| Content {
        undone: undone.into(),
        change: undone.into(),
        short_change: undone.into(),
        ..content.clone()
    };
    let undoing = all.iter().find(|content| content.purpose == Purpose::Update).map(again);
    all.extend(undoing);
    for content in contents(rule, lang) {
        let beyond = Content { exceeds: false, ..content.clone() };
        // What is passed on is always an order.
        let bases: &[Basis] =
            if rule.relays.is_some() { &[Basis::Order] } else { &[Basis::Kept, Basis::Standing, Basis::Order] };
        let bare = bases.iter().map(|basis| bare(&content, *basis));
        all.push(beyond);
        all.extend(bare);
    }
    all
}

/// A content of which nothing is known but what every notice has.
fn bare(content: &Content, basis: Basis) -> Content {
    let none = String::new;
    let order = if basis == Basis::Order { content.order.clone() } else { none() };
    Content {
        basis,
        exceeds: false,
        air: Air::Unknown,
        unsent: true,
        until_spoken: none(),
        order,
        kept: none(),
        facts: Vec::new(),
        findings: Vec::new(),
        indexes: Vec::new(),
        data_label: none(),
        issued: none(),
        shaped: none(),
        reply: none(),
        worth: Vec::new(),
        deadline: none(),
        measures: none(),
        link: none(),
        told: none(),
        group: none(),
        by_mail: false,
        by_sms: false,
        ..content.clone()
    }
}

/// One content a purpose, with a title; the last is of a reminder.
#[must_use]
pub fn of(title: &str, lang: Lang) -> Vec<Content> {
    let zh = lang == Lang::Zh;
    let pick = |a: &str, b: &str| if zh { a.to_owned() } else { b.to_owned() };
    let fact = Fact {
        when: pick("12月28日", "28 December"),
        what: pick("臭氧8小时平均浓度日最大值", "largest 8-hour mean of ozone"),
        origin: pick("预报", "forecast"),
        value: "1000.5".into(),
        unit: pick("微克每立方米", "µg/m³"),
        comparison: pick("不低于", "at least"),
        threshold: "160".into(),
        limit: pick("GB 3095-2026 二级浓度限值", "GB 3095-2026 grade II limit"),
        standard: true,
        exceeded: Some(Pollutant::O38h),
    };
    let finding = pick(
        "臭氧8小时平均浓度日最大值预报：12月27日 1000.5、12月28日 1000.5 微克每立方米，不低于 GB 3095-2026 二级浓度限值 160",
        "largest 8-hour mean of ozone, forecast: 27 December 1000.5, 28 December 1000.5 µg/m³, at least the GB 3095-2026 \
         grade II limit 160",
    );
    let index = pick(
        "12月28日 500（严重污染），本办按 HJ 633-2026 推算",
        "28 December 500 (Severely polluted), worked out here by HJ 633-2026",
    );
    let one = |purpose: Purpose| {
        let change = match purpose {
            Purpose::Update => pick("延长到12月28日，12月25日、26日不再要求", "extended to 28 December"),
            Purpose::Lift => pick("提前结束", "ended early"),
            Purpose::Cancel => pick("撤回", "withdrawn"),
            Purpose::Raise | Purpose::Draft | Purpose::Reminder => String::new(),
        };
        let earlier = purpose != Purpose::Raise;
        Content {
            region: pick("某某街道", "the township"),
            title: title.to_owned(),
            basis: Basis::Forecast,
            exceeds: true,
            air: if purpose.ends() { Air::Unknown } else { Air::Bad },
            order: pick("某某区指挥部重污染天气应急指令（某指〔2026〕1号）", "order 1 of the district"),
            periods: pick("12月25日至12月28日每日10:00—17:00", "25 December to 28 December, daily 10:00—17:00"),
            short_periods: pick("12月25日至28日每日10—17时", "25–28 December, daily 10:00–17:00"),
            short_change: change.clone(),
            change,
            kept: if purpose.ends() { String::new() } else { pick("12月26日", "26 December") },
            periods_spoken: pick("明天十二月二十五日到十二月二十八日", "25 December to 28 December"),
            until_spoken: if purpose == Purpose::Update {
                pick("十二月二十八日", "28 December")
            } else {
                String::new()
            },
            phone_spoken: pick("零二三，零零零零零零零零", "023-00000000"),
            facts: vec![fact.clone(); if purpose.ends() { 0 } else { 4 }],
            findings: vec![finding.clone(); if purpose.ends() { 0 } else { 2 }],
            indexes: vec![index.clone(); 2],
            revision: 12,
            previous: if earlier { pick("12月24日20:00", "24 December 20:00") } else { String::new() },
            data_label: pick("某某省生态环境监测中心", "Provincial monitoring centre"),
            issued: pick("12月25日07:00", "25 December 07:00"),
            shaped: pick("逐时数值由日预报按经验曲线推算", "hours worked out from a daily forecast"),
            reason: pick("预报时段有变", "the forecast hours changed"),
            reply: "KQF".into(),
            about: pick("某某汽车销售服务有限公司（含喷漆房）", "Car Sales and Service Company"),
            worth: vec![pick("方案", "the plan"); 3],
            measures: pick(
                "涉挥发性有机物排放工序停止作业，工地停止土方作业，增加道路洒水。",
                "Stop painting and earthworks; water the roads.",
            ),
            deadline: pick("12月25日18:00", "25 December 18:00"),
            link: "https://office.example.com/n/".into(),
            asks: if purpose.ends() { pick("可恢复平时作业", "work as usual") } else { asks(lang) },
            told: pick(
                "企业邮件 100 份；广播 20 份待播",
                "mail to enterprises: 100; 20 texts to be played by loudspeakers",
            ),
            group: pick("（工作群文字）", "(the text for the group)"),
            ..Content::blank(
                &pick("某某区某某街道生态环境保护办公室", "Environment Office of the Township"),
                "023-00000000",
                purpose,
                pick("2026年12月25日", "25 December 2026"),
            )
        }
    };
    [Purpose::Raise, Purpose::Update, Purpose::Lift, Purpose::Cancel, Purpose::Reminder].into_iter().map(one).collect()
}

/// What is asked, as long as an approved text has room for.
fn asks(lang: Lang) -> String {
    match lang {
        Lang::Zh => "喷漆房喷涂、漆面烘干改在6—10时、17—23时，其余见邮件",
        Lang::En => "painting moves to 06:00–10:00; more by mail",
    }
    .to_owned()
}

/// What a notice asks in a few words, at its longest.
#[must_use]
pub fn gist(lang: Lang) -> Gist {
    let pick = |a: &str, b: &str| if lang == Lang::Zh { a.to_owned() } else { b.to_owned() };
    Gist {
        title: pick("臭氧错峰生产提示（延长到12月28日）", "Ozone advice (extended to 28 December)"),
        periods: pick("12月25日至28日每日10—17时", "25–28 December, daily 10:00–17:00"),
        asks: pick("喷涂改在6—10时、17—23时", "painting moves to 06:00–10:00"),
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
    let (text, short) = match lang {
        Lang::Zh => ("10:00—17:00停止，可在06:00—10:00、17:00—23:00进行", "改在6—10时、17—23时"),
        Lang::En => ("stop 10:00—17:00; may run 06:00—10:00, 17:00—23:00", "moves to 06:00–10:00, 17:00–23:00"),
    };
    let line = |name: &str, moves| Line {
        name: name.into(),
        text: text.into(),
        short: short.into(),
        moves,
        partial: false,
        stop: moves.then(|| if lang == Lang::Zh { "10—17时".into() } else { "10:00–17:00".into() }),
    };
    vec![line("喷烤漆房喷涂", true), line("喷烤漆房烘干", true), line("印版和墨辊清洗", false)]
}

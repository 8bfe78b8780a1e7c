//! A summer's afternoon of ozone in a township of two villages, told, changed, lifted, withdrawn.

use chrono::TimeDelta;

use super::*;
use cuofeng_air::forecast::Take;
use cuofeng_base::time::ClockHours;
use cuofeng_cap::check::{self, Context};
use cuofeng_cap::feed::{Page, Standing, atom};
use cuofeng_cap::{Certainty, Severity, Urgency};
use cuofeng_town::order::{Entry, Tier};

const RULE: &str = r#"
[[rule]]
id = "ozone-offpeak"
name = "臭氧错峰生产提示"
kind = "ozone"
source = "GB 3095-2026"
shape = "10-17"
lead_hours = 2
lift_hours = 36
merge_days = 1
orders = ["臭氧"]
[[rule.level]]
id = "orange"
name = "臭氧重度"
when = "臭氧 高于 265 µg/m³"
[[rule.level.measure]]
ask = "shift"
activities = ["spray"]
[[rule.level]]
id = "yellow"
name = "臭氧超标"
when = "臭氧 高于 160 µg/m³"
[[rule.tell]]
to = "enterprises"
forms = ["sms"]
template = "ozone/enterprise"
"#;

/// A time of July 2026: `at("14T08")`.
fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(&format!("2026-07-{text}:00:00+08:00")).expect("a time").to_utc()
}

fn span(from: &str, to: &str) -> Span {
    Span::own(Period::new(at(from), at(to)).expect("a period"), 1)
}

fn revision(number: u32, action: Act, told: &str, spans: &[Span]) -> Revision {
    let spans = spans.to_vec();
    Revision { number, action, spans, at: at(told), told: true, unfounded: false }
}

fn order_of(tier: Tier) -> Order {
    Order {
        region: "yanqian".into(),
        subject: "臭氧".into(),
        code: None,
        tier,
        period: Period::new(at("14T00"), at("16T00")).expect("a period"),
        issuer: "某某区人民政府".into(),
        document: "某府办发〔2026〕1号".into(),
        issued_at: at("14T07"),
        entry: Entry::Staff { by: "某某".into() },
        lifted_at: None,
        details: cuofeng_town::order::Details::default(),
    }
}

fn village(code: &str, name: &str) -> Village {
    Village {
        code: code.into(),
        name: name.into(),
        cadre: None,
        grid_worker: None,
        loudspeaker: None,
        play_hours: ClockHours::default(),
        place: None,
        tags: Vec::new(),
    }
}

/// Makes the messages of revisions one after the other; each must be free of findings.
fn told_in(lang: Lang, status: Status, revisions: &[Revision], order: Option<&Order>) -> Vec<Message> {
    let rules = cuofeng_rules::file::parse("rules/ozone.toml", RULE, Take::Middle).expect("a rule");
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let (one, two) = (village("350824103201", "东峰村"), village("350824103202", "大布村"));
    let sender = Identifier::new("office@yanqian.example.cn").expect("a name");
    let day = zone.day(at("14T08"));
    let telling = Telling {
        office: "岩前镇生态环境办公室",
        phone: "0597-0000000",
        sender: &sender,
        region: "岩前镇",
        villages: &[&one, &two],
        whole: true,
        rule: &rules[0],
        site: "",
        episode: &EpisodeId { kind: "ozone".into(), region: "yanqian".into(), day, ordinal: 1 },
        zone: &zone,
        lang,
        status,
    };
    let mut messages = Vec::new();
    for revision in revisions {
        let Some(made) = message(&telling, revision, order, &messages) else { continue };
        let context = Context { now: revision.at, origin: origin(revision, order), earlier: Some(&messages) };
        assert_eq!(check::message(&made, &context), [], "{made:#?}");
        messages.push(made);
    }
    messages
}

fn told(revisions: &[Revision]) -> Vec<Message> {
    told_in(Lang::Zh, Status::Actual, revisions, None)
}

fn names(message: &Message) -> Vec<&str> {
    message.references.iter().map(|r| r.identifier.as_str()).collect()
}

#[test]
fn a_raise_says_what_the_notice_says_without_a_colour() {
    let told = told(&[revision(1, Act::Raise, "14T20", &[span("15T10", "15T17"), span("16T10", "16T17")])]);
    let xml = cuofeng_cap::write(&told[0]).expect("written");
    for part in [
        "<identifier>ozone-yanqian-20260714-1.r1</identifier>",
        "<sent>2026-07-14T20:00:00+08:00</sent>",
        "<msgType>Alert</msgType>",
        "<scope>Restricted</scope>",
        "<event>臭氧错峰生产提示</event>",
        "<onset>2026-07-15T10:00:00+08:00</onset>",
        "<expires>2026-07-16T17:00:00+08:00</expires>",
        "<value>2026-07-16T10:00:00+08:00/2026-07-16T17:00:00+08:00</value>",
        "<value>350824103202</value>",
    ] {
        assert!(xml.contains(part), "{part}: {xml}");
    }
    assert_eq!(crate::forbidden(&xml), None, "{xml}");
    let info = &told[0].infos[0];
    assert_eq!((info.severity, info.urgency, info.certainty), (Severity::Minor, Urgency::Future, Certainty::Likely));
}

#[test]
fn an_update_names_exactly_what_still_holds_and_the_end_says_nothing() {
    let told = told(&[
        revision(1, Act::Raise, "14T08", &[span("14T10", "14T17")]),
        revision(2, Act::Extend, "14T12", &[span("14T10", "14T17"), span("15T10", "15T17")]),
        revision(3, Act::Update, "14T20", &[span("14T10", "14T17"), span("15T10", "15T19")]),
        revision(4, Act::Expire, "15T20", &[span("14T10", "14T17"), span("15T10", "15T19")]),
    ]);
    let all: Vec<Vec<&str>> = told.iter().map(names).collect();
    let (one, two) = ("ozone-yanqian-20260714-1.r1", "ozone-yanqian-20260714-1.r2");
    assert_eq!(all, [vec![], vec![one], vec![two]], "the first has expired by the third");
}

#[test]
fn a_change_of_what_has_expired_everywhere_is_news() {
    let told = told(&[
        revision(1, Act::Raise, "14T08", &[span("14T10", "14T17")]),
        revision(2, Act::Update, "14T20", &[span("15T10", "15T17")]),
        revision(3, Act::Lift, "15T18", &[span("15T10", "15T17")]),
    ]);
    assert_eq!(told.iter().map(|m| m.msg_type).collect::<Vec<_>>(), [MsgType::Alert; 2], "and nothing is left to lift");
}

/// wmo-raf/cap-composer#135: a message sent in July with an onset in May, and an expiry before it.
#[test]
fn the_onset_is_the_first_period_ahead_and_never_one_that_is_over() {
    let months_ago = Period::new(at("14T10") - TimeDelta::days(70), at("14T17") - TimeDelta::days(70));
    let old = Span::own(months_ago.expect("a period"), 1);
    let told = told(&[revision(1, Act::Raise, "14T20", &[old, span("15T10", "15T17")])]);
    let info = &told[0].infos[0];
    assert_eq!((info.onset, told[0].expires()), (Some(at("15T10").into()), Some(at("15T17").into())));
}

/// A Cancel that was published as a new alert. A lift is an Update, a withdrawal a Cancel.
#[test]
fn a_lift_and_a_withdrawal_name_what_they_end() {
    let spans = [span("14T10", "14T17"), span("15T10", "15T17")];
    let raise = revision(1, Act::Raise, "14T08", &spans);
    let lifted = told(&[raise.clone(), revision(2, Act::Lift, "14T12", &spans)]);
    let info = &lifted[1].infos[0];
    assert_eq!((lifted[1].msg_type, &info.response_types[..]), (MsgType::Update, &[ResponseType::AllClear][..]));
    assert_eq!((names(&lifted[1]).len(), info.urgency, info.onset), (1, Urgency::Past, None));
    let withdrawn = told(&[raise, revision(2, Act::Cancel, "14T09", &spans)]);
    assert_eq!((withdrawn[1].msg_type, names(&withdrawn[1])), (MsgType::Cancel, vec!["ozone-yanqian-20260714-1.r1"]));
    assert!(withdrawn[1].infos.is_empty() && withdrawn[1].note.is_some());
}

/// Cancelled and expired were one thing; old and updated were listed side by side.
#[test]
fn the_page_tells_an_end_from_an_expiry_and_lists_no_message_beside_its_update() {
    let page = Page {
        id: "tag:office@yanqian.example.cn,2026:cap",
        title: "岩前镇",
        author: "岩前镇",
        language: "zh",
        base: "",
        own: None,
        cancelled: "【已取消】",
        expired: "【已到期】",
    };
    let spans = [span("14T10", "14T17")];
    let raise = revision(1, Act::Raise, "14T08", &spans);
    let expired = told(std::slice::from_ref(&raise));
    let withdrawn = told(&[raise.clone(), revision(2, Act::Cancel, "14T09", &spans)]);
    let standing = |all: &[Message]| Standing::of(&all[0], all, at("14T18"));
    assert!(
        matches!(standing(&expired), Standing::Expired(_)) && matches!(standing(&withdrawn), Standing::Cancelled(_))
    );
    let updated = told(&[raise, revision(2, Act::Extend, "14T12", &[span("14T10", "14T19")])]);
    let listed = atom(&updated, at("14T13"), &page).expect("a page");
    assert!(listed.contains("<cap:identifier>ozone-yanqian-20260714-1.r2<"), "{listed}");
    assert_eq!(listed.matches("<entry>").count(), 1, "{listed}");
}

#[test]
fn only_a_relayed_order_is_public_and_brings_its_colour_as_a_parameter() {
    let order = order_of(Tier::Orange);
    let ordered = Span { ordered: true, level: 0, ..span("14T10", "14T17") };
    let relayed = told_in(Lang::En, Status::Actual, &[revision(1, Act::Raise, "14T08", &[ordered])], Some(&order));
    let info = &relayed[0].infos[0];
    assert_eq!((relayed[0].scope, info.severity, &*info.event), (Scope::Public, Severity::Severe, "臭氧橙色预警"));
    assert!(info.parameters.contains(&NamedValue::new("预警等级", "橙色")), "{info:#?}");
    assert_eq!(relayed[0].restriction, None);
    // With hours of the office's own beside it, the whole is the office's.
    let mixed = [ordered, span("15T10", "15T17")];
    let own = told_in(Lang::Zh, Status::Actual, &[revision(1, Act::Raise, "14T08", &mixed)], Some(&order));
    assert_eq!((own[0].scope, &*own[0].infos[0].event), (Scope::Restricted, "臭氧错峰生产提示"));
}

#[test]
fn the_order_known_at_the_time_speaks() {
    let rules = cuofeng_rules::file::parse("rules/ozone.toml", RULE, Take::Middle).expect("a rule");
    let later = Order { issued_at: at("14T12"), ..order_of(Tier::Red) };
    let other = Order { subject: "暴雨".into(), ..order_of(Tier::Red) };
    let all = [later, order_of(Tier::Yellow), other];
    let ordered = revision(1, Act::Raise, "14T08", &[Span { ordered: true, ..span("14T10", "14T17") }]);
    let tier = |revision: &Revision, told| order(&rules[0], revision, &all, at(told)).map(|order| order.tier);
    assert_eq!((tier(&ordered, "14T08"), tier(&ordered, "14T13")), (Some(Tier::Yellow), Some(Tier::Red)));
    assert_eq!(tier(&revision(1, Act::Raise, "14T08", &[span("14T10", "14T17")]), "14T08"), None);
}

#[test]
fn an_exercise_says_so_in_both_languages() {
    let spans = [span("14T10", "14T17")];
    let revisions = [revision(1, Act::Raise, "14T08", &spans), revision(2, Act::Lift, "14T11", &spans)];
    for message in told_in(Lang::En, Status::Exercise, &revisions, None) {
        let marks: Vec<bool> = message
            .infos
            .iter()
            .zip(["【演练】", "[Exercise]"])
            .map(|(info, mark)| {
                [&info.headline, &info.description].iter().all(|t| t.as_ref().is_some_and(|t| t.contains(mark)))
            })
            .collect();
        assert_eq!((marks, message.note.is_some()), (vec![true, true], true));
    }
}

//! Every kind of finding has a document that brings exactly it; good documents bring none.

use std::collections::BTreeSet;

use super::*;
use crate::check::{document, may_go, message, together};

#[test]
fn good_messages_have_no_findings() {
    let told = [alert(), update()];
    let cases: Vec<(Message, Origin, &[Message])> = vec![
        (alert(), Origin::Own, &[]),
        (update(), Origin::Own, &told[..1]),
        (cancel(), Origin::Own, &told),
        (all_clear(), Origin::Own, &told),
        (exercise(), Origin::Own, &[]),
        (relayed(), Origin::Relayed, &[]),
        (bilingual(), Origin::Own, &[]),
        (answer(MsgType::Ack), Origin::Own, &told[..1]),
        (answer(MsgType::Error), Origin::Own, &told[..1]),
    ];
    for (good, origin, earlier) in cases {
        let context = context(&good, origin, earlier);
        assert_eq!(message(&good, &context), [], "{good:?}");
        assert_eq!(document(write(&good).expect("written").as_bytes(), &context), [], "{good:?}");
    }
}

type Change = fn(&mut Message);

fn first(m: &mut Message) -> &mut Info {
    m.infos.first_mut().expect("an info")
}

fn place(m: &mut Message) -> &mut Area {
    first(m).areas.first_mut().expect("an area")
}

/// A change of the first message of an episode, the one finding that it brings, and its place.
#[rustfmt::skip]
const ALERTS: &[(Kind, &str, Change)] = &[
    (Kind::NoRestriction, "alert/restriction", |m| m.restriction = some(" ")),
    (Kind::RestrictionUnused, "alert/restriction", |m| m.scope = Scope::Private),
    (Kind::NoAddresses, "alert/addresses", |m| { m.scope = Scope::Private; m.restriction = None; m.addresses.clear(); }),
    (Kind::PublicTip, "alert/scope", |m| { m.scope = Scope::Public; m.restriction = None; }),
    (Kind::AlertWithReferences, "alert/references", |m| m.references = vec![Reference { identifier: name("old"), ..m.reference() }]),
    (Kind::LiftAsAlert, "alert/info[1]/responseType", |m| first(m).response_types = vec![ResponseType::AllClear]),
    (Kind::LiftAsAlert, "alert/info[1]/headline", |m| first(m).headline = some("臭氧污染错峰提示取消")),
    (Kind::LiftAsAlert, "alert/info[1]/event", |m| first(m).event = "重污染天气橙色预警解除".to_owned()),
    (Kind::NoExerciseNote, "alert/note", |m| { *m = exercise(); m.note = None; }),
    (Kind::NoExerciseNote, "alert/note", |m| m.status = Status::Test),
    (Kind::NoExerciseMark, "alert/info[1]/headline", |m| { *m = exercise(); first(m).headline = info().headline; }),
    (Kind::NoExerciseMark, "alert/info[1]/description", |m| { *m = exercise(); first(m).description = None; }),
    (Kind::StrayExerciseMark, "alert/info[1]/headline", |m| first(m).headline = some("【演练】臭氧提示")),
    (Kind::NoInfo, "alert/info", |m| m.infos.clear()),
    (Kind::Missing, "alert/info[1]/category", |m| first(m).categories.clear()),
    (Kind::Missing, "alert/info[1]/event", |m| first(m).event = "\n".to_owned()),
    (Kind::Missing, "alert/info[1]/area[1]/areaDesc", |m| place(m).desc.clear()),
    (Kind::Missing, "alert/info[1]/area[1]/geocode[1]/value", |m| place(m).geocodes = vec![NamedValue::new("NBS", "")]),
    (Kind::Missing, "alert/info[1]/parameter[1]/valueName", |m| first(m).parameters = vec![NamedValue::new("", "黄色")]),
    (Kind::ExpiresMissing, "alert/info[1]/expires", |m| first(m).expires = None),
    (Kind::ExpiresOrder, "alert/info[1]/expires", |m| first(m).expires = Some(at("15T10:00"))),
    (Kind::ExpiresOrder, "alert/info[1]/expires", |m| { first(m).onset = None; first(m).effective = Some(at("15T17:00")); }),
    (Kind::ExpiresOrder, "alert/info[1]/expires", |m| { first(m).onset = None; first(m).effective = None; first(m).expires = Some(at("14T08:00")); }),
    (Kind::OnsetBeforeEffective, "alert/info[1]/onset", |m| { first(m).effective = Some(at("14T10:00")); first(m).onset = Some(at("14T09:00")); }),
    (Kind::OnsetLongPast, "alert/info[1]/onset", |m| { first(m).onset = Some(at("13T07:00")); first(m).urgency = Urgency::Expected; }),
    (Kind::LanguageTag, "alert/info[1]/language", |m| first(m).language = "zh_CN".to_owned()),
    (Kind::MixedLanguages, "alert/info[1]/headline", |m| first(m).headline = some("Ozone notice")),
    (Kind::MixedLanguages, "alert/info[1]/description", |m| first(m).description = some("今日臭氧超标。 Ozone exceeds the limit today.")),
    (Kind::MixedLanguages, "alert/info[1]/instruction", |m| { *m = Message { infos: vec![english()], ..alert() }; first(m).instruction = info().instruction; }),
    (Kind::SameText, "alert/info[2]/headline", |m| { *m = bilingual(); m.infos[0].headline = some("O3 115"); m.infos[1].headline = some("O3 115"); }),
    (Kind::EventsDiffer, "alert/info[2]/event", |m| m.infos.push(Info { event: "秸秆焚烧提示".to_owned(), ..info() })),
    (Kind::Markup, "alert/info[1]/description", |m| first(m).description = some("请<b>立即</b>停止。")),
    (Kind::Markup, "alert/info[1]/instruction", |m| first(m).instruction = some("停止&nbsp;喷涂")),
    (Kind::LongHeadline, "alert/info[1]/headline", |m| first(m).headline = some(&"长".repeat(161))),
    (Kind::NoInstruction, "alert/info[1]/instruction", |m| first(m).instruction = None),
    (Kind::WebForm, "alert/info[1]/web", |m| first(m).web = some("www.example.cn")),
    (Kind::UrgencyPast, "alert/info[1]/urgency", |m| first(m).urgency = Urgency::Past),
    (Kind::UrgencyImmediate, "alert/info[1]/urgency", |m| first(m).urgency = Urgency::Immediate),
    (Kind::UrgencyFuture, "alert/info[1]/urgency", |m| { first(m).effective = None; first(m).onset = Some(at("14T07:00")); }),
    (Kind::CertaintyObserved, "alert/info[1]/certainty", |m| first(m).certainty = Certainty::Observed),
    (Kind::NoArea, "alert/info[1]/area", |m| first(m).areas.clear()),
    (Kind::NoGeocode, "alert/info[1]/area[1]/geocode", |m| place(m).geocodes.clear()),
    (Kind::PolygonForm, "alert/info[1]/area[1]/polygon[1]", |m| place(m).polygons = vec!["116.2,25.0 116.3,25.0 116.3,24.9 116.2,25.0".to_owned()]),
    (Kind::PolygonForm, "alert/info[1]/area[1]/polygon[1]", |m| place(m).polygons = vec!["25.0 116.2".to_owned()]),
    (Kind::PolygonForm, "alert/info[1]/area[1]/polygon[1]", |m| place(m).polygons = vec!["NaN,116.2 1,2 1,3 NaN,116.2".to_owned()]),
    (Kind::PolygonFewPoints, "alert/info[1]/area[1]/polygon[1]", |m| place(m).polygons = vec!["25,116 25,117 25,116".to_owned()]),
    (Kind::PolygonFewPoints, "alert/info[1]/area[1]/polygon[2]", |m| place(m).polygons.push(String::new())),
    (Kind::PolygonOpen, "alert/info[1]/area[1]/polygon[1]", |m| place(m).polygons = vec!["25,116 25,117 24,117 24,116".to_owned()]),
    (Kind::PolygonCrosses, "alert/info[1]/area[1]/polygon[1]", |m| place(m).polygons = vec!["25,116 24,117 25,117 24,116 25,116".to_owned()]),
    (Kind::CircleForm, "alert/info[1]/area[1]/circle[1]", |m| place(m).circles = vec!["24.95,116.28".to_owned()]),
    (Kind::CircleForm, "alert/info[1]/area[1]/circle[1]", |m| place(m).circles = vec!["24.95,116.28 -1".to_owned()]),
    (Kind::CircleForm, "alert/info[1]/area[1]/circle[1]", |m| place(m).circles = vec!["24.95 116.28 3".to_owned()]),
];

/// A change of a later message, judged with the first (and, for a Cancel, the second) as earlier ones.
#[rustfmt::skip]
const LATER: &[(Kind, &str, Change)] = &[
    (Kind::NoReferences, "alert/references", |m| m.references.clear()),
    (Kind::NoReferences, "alert/references", |m| { *m = cancel(); m.references.clear(); }),
    (Kind::NoReferences, "alert/references", |m| { *m = answer(MsgType::Ack); m.references.clear(); }),
    (Kind::MissingReference, "alert/references", |m| { *m = cancel(); m.references.pop(); }),
    (Kind::UnknownReference, "alert/references", |m| m.references.push(Reference { identifier: name("other"), ..alert().reference() })),
    (Kind::ReferenceSent, "alert/references", |m| m.references[0].sent = at("14T07:00")),
    (Kind::ExpiredReference, "alert/references", |m| { *m = cancel(); m.sent = at("15T18:00"); m.references = vec![alert().reference()]; }),
    (Kind::SelfReference, "alert/references", |m| m.references.push(m.reference())),
    (Kind::LateReference, "alert/references", |m| m.references.push(Reference { identifier: name("other"), sent: at("14T13:00"), ..alert().reference() })),
    (Kind::DuplicateIdentifier, "alert/identifier", |m| { *m = answer(MsgType::Ack); m.identifier = update().identifier; }),
    (Kind::NoReason, "alert/note", |m| { *m = cancel(); m.note = None; }),
    (Kind::NoReason, "alert/note", |m| { *m = answer(MsgType::Error); m.note = some(""); }),
];

/// A change of the written document.
#[rustfmt::skip]
const DOCUMENTS: &[(Kind, &str, &str, &str)] = &[
    (Kind::NotXml, "60:1", "</alert>", ""),
    (Kind::Encoding, "1:1", "\"UTF-8\"", "\"GBK\""),
    (Kind::Doctype, "2:1", "<alert", "<!DOCTYPE x>\n<alert"),
    (Kind::Entity, "17:12", "臭氧污染错峰提示</event>", "&ozone;</event>"),
    (Kind::NotCap, "2:1", "cap:1.2", "cap:1.1"),
    (Kind::TooDeep, "", "<scope>", "<x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x><x>"),
    (Kind::Missing, "alert/msgType", "<msgType>Alert</msgType>", ""),
    (Kind::Missing, "alert/info[1]/urgency", "<urgency>Future</urgency>", ""),
    (Kind::Missing, "alert/info[1]/category", "<category>Env</category>\n    <category>Health</category>", ""),
    (Kind::Missing, "alert/info[1]/area[1]/geocode[2]/valueName", "<valueName>NBS</valueName>", ""),
    (Kind::Repeated, "alert/status", "<status>", "<status>Actual</status><status>"),
    (Kind::Order, "alert/status", "<status>Actual</status>\n  <msgType>Alert</msgType>", "<msgType>Alert</msgType><status>Actual</status>"),
    (Kind::Order, "alert/info[1]/event", "<event>", "<responseType>Avoid</responseType><event>"),
    (Kind::Word, "alert/status", "Actual", "actual"),
    (Kind::Word, "alert/info[1]/category[1]", "<category>Env", "<category>Environment"),
    (Kind::Word, "alert/info[1]/responseType[2]", "<responseType>Avoid", "<responseType>Run"),
    (Kind::Word, "alert/info[1]/severity", "<severity>Moderate", "<severity>中等"),
    (Kind::Colour, "alert/info[1]/severity", "<severity>Moderate", "<severity>Orange"),
    (Kind::Colour, "alert/info[1]/severity", "<severity>Moderate", "<severity>橙色"),
    (Kind::TimeForm, "alert/sent", "08:00:00+08:00</sent>", "00:00:00Z</sent>"),
    (Kind::TimeForm, "alert/sent", "08:00:00+08:00</sent>", "08:00:00.5+08:00</sent>"),
    (Kind::TimeForm, "alert/sent", "08:00:00+08:00</sent>", "08:00:00</sent>"),
    (Kind::TimeForm, "alert/sent", "08:00:00+08:00</sent>", "08:00:60+08:00</sent>"),
    (Kind::TimeForm, "alert/info[1]/expires", "17:00:00+08:00</expires>", "24时</expires>"),
    (Kind::IdentifierForm, "alert/identifier", "<identifier>o3-", "<identifier>o3 "),
    (Kind::IdentifierForm, "alert/sender", "<sender>", "<sender>a,"),
    (Kind::IdentifierForm, "alert/sender", "<sender>", "<sender>&lt;"),
    (Kind::IdentifierForm, "alert/sender", "<sender>", "<sender>&amp;"),
];

#[test]
fn each_finding_alone() {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut expect = |kind: Kind, at: &str, findings: &[Finding], what: &str| {
        let found: Vec<(Kind, &str)> = findings.iter().map(|f| (f.kind, f.at.as_str())).collect();
        let at = if at.is_empty() { findings.first().map_or("", |f| f.at.as_str()) } else { at };
        if found != [(kind, at)] || may_go(findings) != (kind.weight() == Weight::Warning) {
            wrong.push(format!("{kind:?} at {at}, {what}: {findings:?}"));
        }
        seen.insert(kind);
    };
    for (kind, at, change) in ALERTS {
        let mut m = alert();
        change(&mut m);
        expect(*kind, at, &message(&m, &context(&m, Origin::Own, &[])), "made");
        // A document judged in full finds the same, whether the reader or the checker sees it first.
        let xml = write(&m).expect("written");
        expect(*kind, at, &document(xml.as_bytes(), &context(&m, Origin::Own, &[])), "written");
    }
    let told = [alert(), update()];
    for (kind, at, change) in LATER {
        let mut m = update();
        change(&mut m);
        let earlier = if m.msg_type == MsgType::Update { &told[..1] } else { &told };
        expect(*kind, at, &message(&m, &context(&m, Origin::Own, earlier)), "made");
    }
    let xml = write(&alert()).expect("written");
    for (kind, at, from, to) in DOCUMENTS {
        assert!(xml.contains(from), "{from}");
        let changed = xml.replacen(from, to, 1);
        expect(*kind, at, &document(changed.as_bytes(), &context(&alert(), Origin::Own, &[])), to);
    }
    let many = xml.replace("<code>", &"<code/>".repeat(MAX_ELEMENTS)).replace("</code>", "");
    expect(Kind::TooMany, "", &document(many.as_bytes(), &context(&alert(), Origin::Own, &[])), "many");
    let large = vec![b' '; MAX_BYTES + 1];
    expect(Kind::TooLarge, "1:1", &document(&large, &context(&alert(), Origin::Own, &[])), "large");
    for broken in ["a,b", "a b c"] {
        let from = format!("<references>{}", alert().reference());
        let xml = write(&update()).expect("written").replace(&from, &format!("<references>{broken}"));
        let findings = document(xml.as_bytes(), &context(&update(), Origin::Own, &told[..1]));
        assert!(findings.iter().all(|f| f.kind == Kind::ReferenceForm), "{findings:?}");
        expect(Kind::ReferenceForm, "alert/references", &findings[..1], broken);
    }
    let withdrawn = Message { identifier: name("r4"), sent: at("14T21:00"), ..update() };
    let told = [alert(), cancel()];
    expect(
        Kind::ExpiredReference,
        "alert/references",
        &message(&withdrawn, &context(&withdrawn, Origin::Own, &told)),
        "withdrawn",
    );
    let early = Context { now: at("14T07:54").to_utc(), ..context(&alert(), Origin::Own, &[]) };
    expect(Kind::SentInFuture, "alert/sent", &message(&alert(), &early), "early");
    let late = Context { now: at("15T17:00").to_utc(), ..early };
    expect(Kind::Expired, "alert/info[1]/expires", &message(&alert(), &late), "late");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let never: Vec<&Kind> = Kind::ALL.iter().filter(|k| !seen.contains(*k)).collect();
    assert!(never.is_empty(), "no document brings {never:?}");
}

/// The two clocks may differ a little, and earlier messages may not be known.
#[test]
fn what_is_not_known_is_not_judged() {
    let near = Context { now: at("14T07:56").to_utc(), origin: Origin::Own, earlier: None };
    assert_eq!(message(&alert(), &near), []);
    let alone = Context { now: at("14T12:00").to_utc(), ..near };
    assert_eq!(message(&update(), &alone), []);
}

/// A Cancel names the Alert and its Update: both still hold somewhere. What has expired is not named.
#[test]
fn references_name_all_that_holds() {
    let told = [alert(), update(), cancel(), answer(MsgType::Ack)];
    let named = |at_time: &str| references_to(&told, at(at_time).to_utc());
    assert_eq!(named("14T07:00"), []);
    assert_eq!(named("14T09:00"), [alert().reference()]);
    assert_eq!(named("14T19:59"), [alert().reference(), update().reference()]);
    assert_eq!(named("14T20:00"), [], "withdrawn");
    assert_eq!(references_to(&told[..2], at("15T16:59").to_utc()), [alert().reference(), update().reference()]);
    assert_eq!(references_to(&told[..2], at("15T17:00").to_utc()), [], "expired");
}

#[test]
fn an_archive_has_each_name_once() {
    assert_eq!(together(&[alert(), update(), cancel()]), []);
    let other = Message { sender: name("other.example.cn"), ..alert() };
    assert_eq!(together(&[alert(), other.clone()]), []);
    let found = together(&[alert(), other, alert()]);
    assert_eq!(
        found.iter().map(|f| (f.kind, f.at.as_str())).collect::<Vec<_>>(),
        [(Kind::DuplicateIdentifier, "alert[3]/identifier")]
    );
}

/// Chinese texts may name substances, English ones a place.
#[test]
fn ordinary_texts_are_not_foreign() {
    for text in ["涉 VOCs 企业，PM2.5、O3 和 NOx 超标", "AQI 115", "请于 10:00 前完成 Word 文档", ""] {
        let m = Message { infos: vec![Info { description: some(text), ..info() }], ..alert() };
        assert_eq!(message(&m, &context(&m, Origin::Own, &[])), [], "{text}");
    }
    for text in ["PM2.5 < 75 且 O3 > 160", "a & b; c", "x<y"] {
        let m = Message { infos: vec![Info { description: some(&format!("限值：{text}")), ..info() }], ..alert() };
        assert_eq!(message(&m, &context(&m, Origin::Own, &[])), [], "{text}");
    }
}

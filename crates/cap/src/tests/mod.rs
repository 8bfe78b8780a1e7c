//! Messages that the tests begin with: a summer's day in a township, ozone in the afternoon.

use chrono::{DateTime, FixedOffset, Utc};

use super::check::{Context, Origin};
use super::*;

mod checks;
mod feeds;
mod garbage;
mod reading;
mod schema;
mod texts;

/// A time of 14 July 2026 or another day: `at("14T08:00")`.
fn at(text: &str) -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339(&format!("2026-07-{text}:00+08:00")).expect("a time")
}

fn name(text: &str) -> Identifier {
    Identifier::new(text).expect("a name")
}

#[expect(clippy::unnecessary_wraps, reason = "most texts of a message are optional")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn area() -> Area {
    Area {
        desc: "武平县岩前镇".to_owned(),
        polygons: vec!["25.01,116.21 25.01,116.35 24.92,116.35 25.01,116.21".to_owned()],
        circles: vec!["24.95,116.28 3.5".to_owned()],
        geocodes: vec![NamedValue::new("GB/T 2260", "350824"), NamedValue::new("NBS", "350824103000")],
    }
}

fn info() -> Info {
    Info {
        language: "zh-CN".to_owned(),
        categories: vec![Category::Env, Category::Health],
        event: "臭氧污染错峰提示".to_owned(),
        response_types: vec![ResponseType::Execute, ResponseType::Avoid],
        urgency: Urgency::Future,
        severity: Severity::Moderate,
        certainty: Certainty::Likely,
        audience: some("岩前镇涉 VOCs 企业"),
        event_codes: vec![NamedValue::new("cuofeng:kind", "ozone")],
        effective: Some(at("14T08:00")),
        onset: Some(at("15T10:00")),
        expires: Some(at("15T17:00")),
        sender_name: some("岩前镇生态环境办公室"),
        headline: some("7月15日10:00—17:00臭氧污染错峰提示"),
        description: some("预计7月15日午后臭氧8小时浓度超过160微克每立方米。"),
        instruction: some("请将喷涂、加油卸油等作业安排在10时以前或17时以后。"),
        web: some("https://example.cn/cuofeng/o3-yanqian-20260714-1"),
        contact: some("0597-12369"),
        parameters: vec![NamedValue::new("colour", "黄色"), NamedValue::new("index", "AQI 参考值 115")],
        areas: vec![area()],
    }
}

/// The first message of an episode.
fn alert() -> Message {
    Message {
        identifier: name("o3-yanqian-20260714-1.r1"),
        sender: name("yanqian.wuping.example.cn"),
        sent: at("14T08:00"),
        status: Status::Actual,
        msg_type: MsgType::Alert,
        scope: Scope::Restricted,
        restriction: some("仅限岩前镇名录内企业和各村"),
        addresses: vec!["enterprises".to_owned(), "岩前镇 各村".to_owned()],
        codes: vec!["cuofeng".to_owned()],
        note: None,
        references: Vec::new(),
        incidents: vec!["o3-yanqian-20260714-1".to_owned()],
        infos: vec![info()],
    }
}

/// Its hours changed at noon.
fn update() -> Message {
    let later = Info { effective: Some(at("14T12:00")), onset: Some(at("15T11:00")), ..info() };
    Message {
        identifier: name("o3-yanqian-20260714-1.r2"),
        sent: at("14T12:00"),
        msg_type: MsgType::Update,
        references: vec![alert().reference()],
        infos: vec![later],
        ..alert()
    }
}

/// Withdrawn in the evening.
fn cancel() -> Message {
    Message {
        identifier: name("o3-yanqian-20260714-1.r3"),
        sent: at("14T20:00"),
        msg_type: MsgType::Cancel,
        note: some("预报有误，原提示取消。"),
        references: vec![alert().reference(), update().reference()],
        infos: Vec::new(),
        ..alert()
    }
}

/// Lifted by an Update with a short expiry.
fn all_clear() -> Message {
    let clear = Info {
        response_types: vec![ResponseType::AllClear],
        urgency: Urgency::Past,
        headline: some("臭氧污染错峰提示解除"),
        effective: Some(at("15T13:00")),
        onset: Some(at("15T11:00")),
        expires: Some(at("15T15:00")),
        instruction: None,
        ..info()
    };
    Message {
        identifier: name("o3-yanqian-20260714-1.r3"),
        sent: at("15T13:00"),
        references: vec![alert().reference(), update().reference()],
        infos: vec![clear],
        ..update()
    }
}

fn exercise() -> Message {
    let marked =
        Info {
            headline: some("【演练】臭氧污染错峰提示"), description: some("【演练】预计午后超标。"), ..info()
        };
    Message { status: Status::Exercise, note: some("2026年夏季演练"), infos: vec![marked], ..alert() }
}

/// A government's order passed on.
fn relayed() -> Message {
    Message { scope: Scope::Public, restriction: None, addresses: Vec::new(), ..alert() }
}

fn english() -> Info {
    Info {
        language: "en".to_owned(),
        event: "Ozone notice".to_owned(),
        headline: some("Ozone notice for Yanqian (岩前镇), 15 July 10:00—17:00"),
        description: some("Ozone is expected to exceed the limit in the afternoon."),
        instruction: some("Move spraying and unloading to before 10:00 or after 17:00."),
        areas: vec![Area { desc: "Yanqian".to_owned(), ..area() }],
        ..info()
    }
}

fn bilingual() -> Message {
    Message { infos: vec![info(), english()], ..alert() }
}

/// An answer to a message: Ack or Error.
fn answer(msg_type: MsgType) -> Message {
    Message {
        identifier: name("answer-1"),
        sent: at("14T09:00"),
        msg_type,
        note: some("标识重复"),
        references: vec![alert().reference()],
        infos: Vec::new(),
        ..alert()
    }
}

/// Judges by the time it was sent.
fn context<'a>(message: &Message, origin: Origin, earlier: &'a [Message]) -> Context<'a> {
    Context { now: message.sent.with_timezone(&Utc), origin, earlier: Some(earlier) }
}

/// A small generator (xorshift64*), so that a failure repeats.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).expect("31 bits") % limit
    }
}

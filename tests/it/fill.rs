//! An outbox full of letters, written as a decision writes them.

use std::path::Path;

use chrono::{DateTime, Duration, Timelike, Utc};
use cuofeng_base::time::Period;
use cuofeng_base::word::Form;
use cuofeng_notice::merged::Gist;
use cuofeng_notice::{Audience, Notice, Part, Purpose};
use cuofeng_office::config::Config;
use cuofeng_rules::warning::{EpisodeId, Span};
use cuofeng_store::Store;
use cuofeng_store::episodes::{self, NewRevision};

/// A text as long as a real one.
fn body(number: usize) -> String {
    let advice = "　　1. 喷烤漆房喷涂：改在 06:00—10:00、17:00—22:00 作业。\n".repeat(8);
    format!(
        "第{number}家（样例）：\n\n　　预报武平镇臭氧将超标。建议贵单位在下列时段错峰作业，请予配合。\n\n{advice}\n　　如有困难，请致电 023-00000000。\n"
    )
}

/// One notice to recipient `number` of an episode, in these forms.
pub fn notice(id: &EpisodeId, number: usize, forms: &[Form], now: DateTime<Utc>) -> Notice {
    let part = |form: &Form| match form {
        Form::Email => Part {
            form: Form::Email,
            address: format!("someone{number}@example.com"),
            subject: "臭氧错峰生产提示".to_owned(),
            body: body(number).into(),
            by_hand: false,
        },
        other => Part {
            form: *other,
            address: format!("1{number:010}"),
            subject: String::new(),
            body: format!("【武平镇】第{number}家：建议今日10:00—17:00错峰作业。").into(),
            by_hand: false,
        },
    };
    // What is only read aloud is for villages.
    let spoken = forms.iter().all(|form| *form == Form::Speech);
    let audience = if spoken { Audience::Village } else { Audience::Enterprise };
    Notice {
        key: format!("{id}.r1.raise.{}-E{number:06}", audience.word()),
        purpose: Purpose::Raise,
        audience,
        recipient: format!("E{number:06}"),
        name: format!("第{number}家"),
        parts: forms.iter().map(part).collect(),
        enclosures: Vec::new(),
        reserve: Vec::new(),
        not_before: now,
        expires_at: now + Duration::days(1),
        ask_hours: None,
        about: None,
        gist: Some(gist(id)),
    }
}

fn gist(id: &EpisodeId) -> Gist {
    Gist {
        title: id.kind.clone(),
        periods: "今日10:00—17:00".into(),
        asks: "错峰作业".into(),
        reply: String::new(),
        link: String::new(),
    }
}

/// Which episode [`episode`] opens.
pub fn episode_id(now: DateTime<Utc>) -> EpisodeId {
    EpisodeId { kind: "sample".into(), region: "wuping".into(), day: now.date_naive(), ordinal: 1 }
}

/// An open episode told at `now`, whose rule no site has.
pub async fn episode(store: &Store, now: DateTime<Utc>) -> EpisodeId {
    open(store, episode_id(now), now).await
}

async fn open(store: &Store, id: EpisodeId, now: DateTime<Utc>) -> EpisodeId {
    let hour = now.with_minute(0).and_then(|t| t.with_second(0)).and_then(|t| t.with_nanosecond(0)).expect("an hour");
    let spans = [Span::own(Period::new(hour, hour + Duration::days(1)).expect("a period"), 0)];
    let mut tx = store.begin().await.expect("a transaction");
    episodes::open(&mut tx, &id, "sample", 0).await.expect("an episode");
    let first = NewRevision {
        episode: &id,
        number: 1,
        action: cuofeng_rules::warning::Act::Raise,
        spans: &spans,
        reason: "a sample",
        by: "cuofeng",
        waits: None,
        now,
    };
    episodes::revise(&mut tx, &first).await.expect("a revision");
    tx.commit().await.expect("a commit");
    id
}

/// Puts notices to `count` recipients into the outbox of a site, a thousand in one transaction.
pub async fn fill(store: &Store, config: &Config, count: usize, forms: &[Form], now: DateTime<Utc>) -> EpisodeId {
    let id = episode(store, now).await;
    let numbers: Vec<usize> = (0..count).collect();
    write(store, config, (&id, &numbers), forms, now).await;
    id
}

/// Puts notices of an episode of another kind beside them, to recipients of these numbers.
pub async fn more(
    store: &Store,
    config: &Config,
    (kind, numbers): (&str, std::ops::Range<usize>),
    forms: &[Form],
    now: DateTime<Utc>,
) {
    let id = open(store, EpisodeId { kind: kind.into(), ..episode_id(now) }, now).await;
    write(store, config, (&id, &numbers.collect::<Vec<_>>()), forms, now).await;
}

/// Puts notices of another episode beside them, to every tenth recipient: each is due at the same time as the first.
pub async fn beside(store: &Store, config: &Config, count: usize, forms: &[Form], now: DateTime<Utc>) -> usize {
    let id = open(store, EpisodeId { kind: "second".into(), ..episode_id(now) }, now).await;
    let numbers: Vec<usize> = (0..count).step_by(10).collect();
    write(store, config, (&id, &numbers), forms, now).await;
    numbers.len()
}

async fn write(
    store: &Store,
    config: &Config,
    (id, numbers): (&EpisodeId, &[usize]),
    forms: &[Form],
    now: DateTime<Utc>,
) {
    for chunk in numbers.chunks(1000) {
        let mut tx = store.begin().await.expect("a transaction");
        let notices: Vec<Notice> = chunk.iter().map(|number| notice(id, *number, forms, now)).collect();
        episodes::write_notices(&mut tx, &notices, id, 1, now).await.expect("notices");
        cuofeng_outbox::enqueue(&mut tx, &notices, &config.routes, now).await.expect("letters");
        tx.commit().await.expect("a commit");
    }
}

/// The example site, with nobody on duty, mail through `port` and these lines more in its section.
pub fn mail_site(dir: &Path, port: u16, more: &str) -> std::path::PathBuf {
    let site = dir.join("site");
    for (path, bytes) in cuofeng_office::embedded::EXAMPLE {
        let target = site.join(path);
        std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
        std::fs::write(target, bytes).expect("a file");
    }
    std::fs::write(site.join("staff.csv"), "name,role\n").expect("a table");
    let file = site.join("cuofeng.toml");
    let text = std::fs::read_to_string(&file).expect("the site file");
    let security = if more.contains("security") { "" } else { "security = \"plain\"\n" };
    let mail = format!(
        "\n[channel.email]\nhost = \"127.0.0.1\"\nport = {port}\n{security}\
         from = \"武平镇生态环境办公室 <office@example.com>\"\n{more}\n[deliver]\nemail = \"email\"\n"
    );
    std::fs::write(&file, text + &mail).expect("the site file");
    site
}

//! What is read below what: updates answer the mail that they change; a telephone answers what it was sent.

use cuofeng_base::time::Period;
use cuofeng_base::word::Form;
use cuofeng_notice::Purpose;
use cuofeng_rules::warning::Span;
use cuofeng_store::episodes::{self, NewRevision};

use super::{Office, morning};
use crate::fill;
use crate::recorder::Recorder;

#[tokio::test]
async fn an_update_is_read_below_the_mail_that_it_changes() {
    let server = Recorder::start();
    let office = Office::with(1, server.port, "").await;
    office.deliver().await;
    let (app, id, now) = (&office.app, fill::episode_id(morning()), morning());
    let mut tx = app.store.begin().await.expect("a transaction");
    let spans = [Span::own(Period::new(now, now + chrono::Duration::days(1)).expect("a period"), 0)];
    let second = NewRevision {
        episode: &id,
        number: 2,
        action: cuofeng_rules::warning::Act::Update,
        spans: &spans,
        reason: "more",
        by: "cuofeng",
        waits: None,
        now,
    };
    episodes::revise(&mut tx, &second).await.expect("a revision");
    let mut update = fill::notice(&id, 0, &[Form::Email], now);
    update.key = update.key.replace(".r1.raise.", ".r2.update.");
    update.purpose = Purpose::Update;
    episodes::write_notices(&mut tx, std::slice::from_ref(&update), &id, 2, now).await.expect("a notice");
    cuofeng_outbox::enqueue(&mut tx, std::slice::from_ref(&update), &app.site.config.routes, now)
        .await
        .expect("a letter");
    tx.commit().await.expect("a commit");
    office.deliver().await;
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    let header = |mail: usize, name: &str| {
        let text = mails[mail].text.replace("\r\n ", " ");
        let line = text.lines().find(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())));
        line.map(|line| line.split_once(':').expect("a value").1.trim().to_owned())
    };
    let first = header(0, "Message-ID").expect("an identifier");
    assert_eq!((header(0, "In-Reply-To"), header(0, "References")), (None, None));
    assert_eq!(header(1, "In-Reply-To").as_deref(), Some(first.as_str()));
    assert_eq!(header(1, "References").as_deref(), Some(first.as_str()));
}

#[tokio::test]
async fn a_sender_that_needs_smtputf8_sends_where_the_server_offers_it_and_nowhere_else() {
    for offered in [true, false] {
        let server = Recorder::odd(move |line, _| {
            (offered && line.starts_with("EHLO")).then_some(("250-fine\r\n250 SMTPUTF8", false))
        });
        let dir = tempfile::tempdir().expect("a folder");
        let site = fill::mail_site(dir.path(), server.port, "connections = 1");
        let file = site.join("cuofeng.toml");
        let source = std::fs::read_to_string(&file).expect("the site file");
        std::fs::write(&file, source.replace("<office@example.com>", "<办公室@example.com>")).expect("the site file");
        let checked = tokio::task::spawn_blocking({
            let site = site.clone();
            move || crate::office::text(&crate::office::run(&["check"], &site))
        });
        let checked = checked.await.expect("a check");
        assert_eq!(checked.contains("SMTPUTF8"), !offered, "{checked}");
        let office = Office::at(dir, &site, 1).await;
        office.deliver().await;
        assert_eq!(server.mails().len(), usize::from(offered), "{:?}", office.said().await);
        if offered {
            assert!(server.mails()[0].from.contains("SMTPUTF8"), "{:?}", server.mails()[0].from);
        } else {
            assert_eq!(cuofeng_outbox::pause::pauses(&office.app.store).await.expect("pauses").len(), 1);
        }
    }
}

/// One mobile for two enterprises.
#[test]
fn a_bare_one_answers_all_that_its_mobile_was_sent_since_it_last_answered_and_each_notice_has_a_code() {
    use crate::office::{by_itself, call, folder, letters, ruled, text};
    let dir = folder();
    let rule = by_itself().replace("template = \"ozone/enterprise\"", "template = \"ozone/enterprise\"\nask_hours = 4");
    let site = ruled(dir.path(), &rule);
    let rows = "id,name,sector,village,contact,mobile\nE1,甲汽修厂,auto_paint,500199001204,甲,10000009901\n\
                E2,乙汽修厂,auto_paint,500199001204,甲,10000009901\n";
    std::fs::write(site.join("enterprises.csv"), rows).expect("a table");
    let processes = std::fs::read_to_string(site.join("processes.csv")).expect("a table");
    let head = processes.lines().next().expect("a head").to_owned();
    let row = |id: &str| format!("P{id},{id},喷漆房喷涂,spray,interruptible,6,,,1,1,2.8,0,2.0,24,30,50,06-22,09-18\n");
    std::fs::write(site.join("processes.csv"), format!("{head}\n{}{}", row("E1"), row("E2"))).expect("a table");
    assert!(call(&site, &["once"], "12T08:00").status.success());
    let code = |id: &str| cuofeng_rules::acknowledgement::code(crate::office::EPISODE, 1, id);
    assert_ne!(code("E1"), code("E2"));
    for id in ["E1", "E2"] {
        let words = letters(&site).into_iter().find(|(name, _)| name.contains(&format!("enterprise-{id}.sms")));
        let words = words.expect("a short message").1;
        assert!(words.contains(&code(id)), "{words}");
    }
    let reply = |words: &str, time: &str| {
        text(&call(&site, &["reply", "add", "--from", "10000009901", "--by", "罗代泉", words], time))
    };
    let said = reply(&format!("1{}", code("E2")), "12T08:10");
    assert!(said.contains("乙汽修厂") && !said.contains("甲汽修厂"), "{said}");
    let other = folder();
    let again = ruled(other.path(), &rule);
    std::fs::write(again.join("enterprises.csv"), rows).expect("a table");
    std::fs::copy(site.join("processes.csv"), again.join("processes.csv")).expect("a table");
    assert!(call(&again, &["once"], "12T08:00").status.success());
    let said = text(&call(&again, &["reply", "add", "--from", "10000009901", "--by", "罗代泉", "1"], "12T08:10"));
    assert!(said.contains("2 份通知") && said.contains("甲汽修厂") && said.contains("乙汽修厂"), "{said}");
}

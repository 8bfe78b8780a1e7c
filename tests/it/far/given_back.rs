//! Mail given back without an address of each letter's own: by its Message-ID, by its headers, late or for good.

use cuofeng_base::word::Form;

use super::{Office, states};
use crate::fill;
use crate::recorder::Recorder;

const BOX: &str = "bounces = { address = \"office@163.com\", maildir = \"returned\" }\nconnections = 1";

fn page(id: &str, to: &str, subject: &str, words: &str) -> Vec<u8> {
    let text = format!(
        "From: postmaster@163.com\r\nTo: office@163.com\r\nSubject: =?gb2312?B?z7XNs83L0MU=?=\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/html; charset=gbk\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n<html><body><p>收件人：{to}</p><p>主题：{subject}</p>\
         <p>退信原因：{words}</p></body></html>\r\n{id}--b--\r\n"
    );
    encoding_rs::GB18030.encode(&text).0.into_owned()
}

#[tokio::test]
async fn a_page_in_gbk_from_a_host_without_plus_addresses_is_matched_and_quoted() {
    let server = Recorder::start();
    let dir = tempfile::tempdir().expect("a folder");
    let site = fill::mail_site(dir.path(), server.port, BOX);
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(site.join("returned").join(part)).expect("a maildir");
    }
    let office = Office::at(dir, &site, 3).await;
    office.deliver().await;
    assert!(server.mails().iter().all(|mail| mail.from.contains("<office@163.com>")), "{:?}", server.mails()[0].from);
    let mail = server.mails().into_iter().find(|mail| mail.to.contains("someone1@")).expect("a mail");
    let id = mail.text.lines().find(|line| line.starts_with("Message-ID:")).expect("an identifier").to_owned();
    let back = format!("--b\r\nContent-Type: message/rfc822\r\n\r\n{id}\r\nSubject: x\r\n\r\nx\r\n");
    let put = |name: &str, bytes: Vec<u8>| {
        std::fs::write(site.join("returned/new").join(name), bytes).expect("a mail");
    };
    put("1", page(&back, "someone1@example.com", "别的", "该用户不存在"));
    put("2", page("", "someone2@example.com", "臭氧错峰生产提示", "收件人空间不足"));
    put("3", b"From: someone0@example.com\r\nSubject: \xcd\xcb\xd0\xc5\r\n\r\nsomeone0@example.com\r\n".to_vec());
    office.after(5).await;
    assert_eq!(office.states().await, states(&[("accepted", 1), ("failed", 2)]), "{:?}", office.said().await);
    let said = office.said().await;
    assert!(said[1] == "该用户不存在" && said[2] == "收件人空间不足", "{said:?}");
    assert!(site.join("returned/new/3").exists(), "a person's mail stays");
}

#[tokio::test]
async fn a_report_that_a_mail_is_late_is_on_record_and_the_mail_stays_as_it_was() {
    let server = Recorder::start();
    let dir = tempfile::tempdir().expect("a folder");
    let site = fill::mail_site(dir.path(), server.port, BOX);
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(site.join("returned").join(part)).expect("a maildir");
    }
    let office = Office::at(dir, &site, 1).await;
    office.deliver().await;
    let mail = server.mails().pop().expect("a mail");
    let id = mail.text.lines().find(|line| line.starts_with("Message-ID:")).expect("an identifier").to_owned();
    let report = format!(
        "From: MAILER-DAEMON@example.com\r\nTo: office@163.com\r\nSubject: Delayed\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\n\
         Content-Type: message/global-delivery-status\r\n\r\nReporting-MTA: dns; mail.example.com\r\n\r\n\
         Final-Recipient: rfc822; someone0@example.com\r\nAction: delayed\r\nStatus: 4.4.1\r\n\
         Diagnostic-Code: smtp; 连接超时\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n{id}\r\n\r\n--b--\r\n"
    );
    let bytes = encoding_rs::GB18030.encode(&report).0.into_owned();
    std::fs::write(site.join("returned/new/1"), bytes).expect("a mail");
    office.after(5).await;
    assert_eq!(office.states().await, states(&[("accepted", 1)]));
    let said = office.said().await;
    assert!(said[0].contains("仍在尝试") && said[0].contains("连接超时"), "{said:?}");
}

/// An office whose mail comes back into a maildir, with that.
async fn with_box(server: &Recorder, count: usize) -> (Office, std::path::PathBuf) {
    let dir = tempfile::tempdir().expect("a folder");
    let site = fill::mail_site(dir.path(), server.port, BOX);
    for part in ["new", "cur", "tmp"] {
        std::fs::create_dir_all(site.join("returned").join(part)).expect("a maildir");
    }
    (Office::at(dir, &site, count).await, site.join("returned/new"))
}

#[tokio::test]
async fn mail_given_back_that_is_about_no_letter_stays_in_the_offices_own_mailbox() {
    let server = Recorder::start();
    let (office, new) = with_box(&server, 1).await;
    office.deliver().await;
    // A person of the office wrote to the same address, and to another one.
    std::fs::write(new.join("1"), page("", "someone0@example.com", "关于开会的通知", "该用户不存在")).expect("a mail");
    std::fs::write(new.join("2"), page("", "friend@example.com", "关于开会的通知", "该用户不存在")).expect("a mail");
    for _ in 0..2 {
        office.after(5).await;
        assert!(new.join("1").exists() && new.join("2").exists());
        assert_eq!(office.states().await, states(&[("accepted", 1)]), "{:?}", office.said().await);
    }
}

#[tokio::test]
async fn an_address_is_the_same_however_its_letters_are_written() {
    let server = Recorder::start();
    let (office, new) = with_box(&server, 1).await;
    sqlx::query("update outbox set address = 'SomeOne0@Example.com'")
        .execute(office.app.store.pool())
        .await
        .expect("an address");
    office.deliver().await;
    let back = page("", "someone0@example.com", "臭氧错峰生产提示", "该用户不存在");
    std::fs::write(new.join("1"), back).expect("a mail");
    office.after(5).await;
    assert_eq!(office.states().await, states(&[("failed", 1)]), "{:?}", office.said().await);
}

#[tokio::test]
async fn of_two_mails_with_one_subject_the_one_of_that_date_came_back_and_without_a_date_nobody_knows() {
    for (dated, wanted) in [(true, ["failed", "accepted"]), (false, ["accepted", "unknown"])] {
        let server = Recorder::start();
        let (office, new) = with_box(&server, 1).await;
        office.deliver().await;
        office.hand.step(std::time::Duration::from_hours(2));
        let (store, config) = (&office.app.store, &office.app.site.config);
        fill::more(store, config, ("second", 0..1), &[Form::Email], office.app.clock.now()).await;
        office.deliver().await;
        let given = "--b\r\nContent-Type: message/rfc822\r\n\r\n\
                     Date: Sat, 12 Sep 2026 08:00:02 +0800\r\nSubject: x\r\n\r\nx\r\n";
        let back = page(if dated { given } else { "" }, "someone0@example.com", "臭氧错峰生产提示", "该用户不存在");
        std::fs::write(new.join("1"), back).expect("a mail");
        office.after(5).await;
        let stand: Vec<String> = sqlx::query_scalar("select state from outbox where channel = 'email' order by id")
            .fetch_all(office.app.store.pool())
            .await
            .expect("states");
        assert_eq!(stand, wanted, "{dated}: {:?}", office.said().await);
    }
}

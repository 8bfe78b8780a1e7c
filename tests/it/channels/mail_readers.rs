//! Every kind of mail, read by readers that are not ours: Python's email package, npm's mailparser, dkimpy.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::Path;
use std::process::{Command, Stdio};

use chrono::{DateTime, Utc};
use cuofeng_app::App;
use cuofeng_store::Store;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::fill;
use crate::recorder::Recorder;

/// A site that signs its mail, with the notices of the example's morning waiting to be mailed.
async fn signed(dir: &Path, port: u16, key: &str) -> (App, DateTime<Utc>) {
    let more = "bounces = { address = \"bounces@example.com\" }\nreply_to = \"热线 <hotline@example.com>\"\n\
        dkim = { domain = \"example.com\", selector = \"office\", key_file = \"dkim.pem\" }";
    let site = fill::mail_site(dir, port, more);
    std::fs::write(site.join("dkim.pem"), key).expect("a key");
    std::fs::write(
        site.join("staff.csv"),
        "name,role,mobile,email,duty\n样例,releaser,10000000201,duty@example.com,yes\n",
    )
    .expect("a table");
    let now: DateTime<Utc> = "2026-09-12T00:00:00Z".parse().expect("a time");
    let app = App::start(&site, now).await.expect("a site");
    (app, now)
}

fn openssl(args: &[&str], input: Option<&Path>) -> Option<String> {
    let mut command = Command::new("openssl");
    command.args(args).stderr(Stdio::null());
    if let Some(path) = input {
        command.arg("-in").arg(path);
    }
    let output = command.output().ok().filter(|o| o.status.success())?;
    String::from_utf8(output.stdout).ok()
}

fn python(script: &str, args: &[&Path]) -> Result<String, String> {
    let output =
        Command::new("/usr/bin/python3").args(["-c", script]).args(args).output().map_err(|e| e.to_string())?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() { Ok(text) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

async fn words(store: &Store) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "select key, subject, body from outbox join letter_text on outbox = id where form = 'email' order by key",
    )
    .fetch_all(store.pool())
    .await
    .expect("the outbox")
}

const READ: &str = "
import email, glob, json, sys
from email import policy
for path in sorted(glob.glob(sys.argv[1] + '/*.eml')):
    m = email.message_from_binary_file(open(path, 'rb'), policy=policy.default)
    files = [p for p in m.walk() if p.get_content_disposition() == 'attachment']
    parts = [p for p in m.walk()]
    assert not any(p.defects for p in parts), (path, [p.defects for p in parts])
    print(json.dumps({'id': m['Message-ID'], 'subject': m['Subject'], 'auto': m['Auto-Submitted'],
        'kinds': [p.get_content_type() for p in parts if p not in files],
        'files': [{'name': p.get_filename(), 'plain': p['Content-Type'].params['name'],
            'kind': p.get_content_type(), 'method': p['Content-Type'].params['method'],
            'text': p.get_payload(decode=True).decode('utf-8')} for p in files],
        'text': m.get_body(('plain',)).get_content(), 'html': m.get_body(('html',)).get_content()}))
";

const VERIFY: &str = "
import dkim, glob, sys
record = open(sys.argv[2], 'rb').read()
for path in sorted(glob.glob(sys.argv[1] + '/*.eml')):
    message = open(path, 'rb').read()
    assert dkim.verify(message, dnsfunc=lambda name, timeout=5: record), path
    assert not dkim.verify(message.replace(b'Subject: ', b'Subject: x', 1), dnsfunc=lambda name, timeout=5: record), path
print(len(glob.glob(sys.argv[1] + '/*.eml')))
";

const MAILPARSER: &str = "
const { simpleParser } = require('mailparser');
const fs = require('fs');
(async () => {
  for (const name of fs.readdirSync(process.argv[1]).sort()) {
    const m = await simpleParser(fs.readFileSync(process.argv[1] + '/' + name));
    console.log(JSON.stringify({ id: m.messageId, subject: m.subject, auto: m.headers.get('auto-submitted'),
      kinds: [], files: m.attachments.map(a => ({ name: a.filename, kind: a.contentType, text: a.content.toString('utf8') })),
      text: m.text, html: m.html }));
  }
})();
";

/// The text of a page, as a reader would show it.
fn shown(html: &str) -> String {
    let body = html.split_once("<body").map_or(html, |(_, body)| body);
    let body = body.split_once('>').map_or(body, |(_, body)| body).replace("</p>", "\n").replace("&nbsp;", "");
    let mut text = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn lines(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty()).collect()
}

/// Name, plain name and bytes of what goes with each mail.
type Files = std::collections::BTreeMap<String, (String, String, Vec<u8>)>;

async fn files(store: &Store) -> Files {
    let rows: Vec<(String, String, String, Vec<u8>)> = sqlx::query_as(
        "select o.key, e.name, e.plain_name, e.bytes from enclosure e join outbox o on o.notice = e.notice
         where o.form = 'email'",
    )
    .fetch_all(store.pool())
    .await
    .expect("what goes along");
    rows.into_iter().map(|(key, name, plain, bytes)| (key, (name, plain, bytes))).collect()
}

fn agrees(read: &str, own: &str, sent: &[(String, String, String)], files: &Files) {
    let mut mails: Vec<Value> = read.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    mails.sort_by_key(|mail| mail["id"].as_str().map(str::to_owned));
    assert_eq!(mails.len(), sent.len());
    for (mail, (key, subject, body)) in mails.iter().zip(sent) {
        assert_eq!(mail["id"].as_str(), Some(format!("<{key}@{own}.example.com>").as_str()));
        assert_eq!(mail["subject"].as_str(), Some(subject.as_str()));
        assert_eq!(mail["auto"].as_str(), Some("auto-generated"));
        assert_eq!(lines(mail["text"].as_str().expect("a text")), lines(body), "{key}");
        assert_eq!(lines(&shown(mail["html"].as_str().expect("a page"))), lines(body), "{key}");
        let read = mail["files"].as_array().expect("a list");
        let Some((name, plain, bytes)) = files.get(key) else {
            assert!(read.is_empty(), "{key}: {read:?}");
            continue;
        };
        assert_eq!((read.len(), read[0]["kind"].as_str()), (1, Some("text/calendar")), "{key}: {read:?}");
        assert_eq!(read[0]["name"].as_str(), Some(name.as_str()), "{key}");
        assert_eq!(read[0]["text"].as_str().map(str::as_bytes), Some(bytes.as_slice()), "{key}");
        // Only Python's reader tells these.
        assert!(read[0]["plain"].is_null() || read[0]["plain"] == plain.as_str(), "{key}");
        assert!(read[0]["method"].is_null() || read[0]["method"] == "PUBLISH", "{key}");
    }
}

#[tokio::test]
async fn other_readers_find_the_words_that_were_sent_and_a_signature_that_holds() {
    // A key as openssl writes it now (PKCS#8), and as it did before.
    for how in [["genrsa", "2048"].as_slice(), &["genrsa", "-traditional", "2048"]] {
        read_by_others(how).await;
    }
}

async fn read_by_others(how: &[&str]) {
    let key = openssl(how, None).expect("openssl (scripts/test installs it)");
    let dir = tempfile::tempdir().expect("a folder");
    let server = Recorder::start();
    let (mut app, now) = signed(dir.path(), server.port, &key).await;
    let report = app.cycle(now, false, &CancellationToken::new()).await.expect("a cycle");
    assert!(report.drained.sent >= 15, "{:?}", report.drained);
    let sent = words(&app.store).await;
    let files = files(&app.store).await;
    let own = app.site.config.identity.as_ref().expect("an identity").to_string();
    assert!(
        files.len() >= 5 && files.values().all(|(name, plain, _)| !name.is_ascii() && plain.is_ascii()),
        "{files:?}"
    );
    let folder = dir.path().join("mails");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (number, mail) in server.mails().iter().enumerate() {
        std::fs::write(folder.join(format!("{number:03}.eml")), &mail.text).expect("a mail");
        assert!(mail.from.starts_with("MAIL FROM:<bounces+"), "{}", mail.from);
    }
    let paths: std::collections::BTreeSet<String> = server.mails().into_iter().map(|mail| mail.from).collect();
    assert_eq!(paths.len(), sent.len(), "each letter has its own return path");

    agrees(&python(READ, &[&folder]).expect("python"), &own, &sent, &files);

    let key_file = dir.path().join("site/dkim.pem");
    let public = openssl(&["rsa", "-pubout"], Some(&key_file)).expect("a public key");
    let public: String = public.lines().filter(|line| !line.starts_with('-')).collect();
    let record = dir.path().join("record");
    std::fs::write(&record, format!("v=DKIM1; k=rsa; p={public}")).expect("a record");
    match python(VERIFY, &[&folder, &record]) {
        Ok(count) => assert_eq!(count.trim(), sent.len().to_string()),
        Err(words) => panic!("{words} (scripts/test installs python3-dkim)"),
    }

    let output = Command::new("node").args(["-e", MAILPARSER]).arg(&folder).output();
    let output = output.expect("node, which npm brings");
    assert!(
        output.status.success(),
        "{} (scripts/test installs npm's mailparser into NODE_PATH)",
        String::from_utf8_lossy(&output.stderr)
    );
    agrees(&String::from_utf8_lossy(&output.stdout), &own, &sent, &files);
}

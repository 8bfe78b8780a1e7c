//! What is written, against the schema of OASIS and against the letter.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::*;

/// The schema of OASIS, which is kept beside the project.
fn schema() -> PathBuf {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/cap/CAP-v1.2.xsd");
    assert!(beside.exists(), "no {}", beside.display());
    beside
}

/// What xmllint says; nothing when it accepts.
fn refusal(arguments: &[&str], xml: &str) -> Option<String> {
    let mut child = Command::new("xmllint")
        .args(["--nonet", "--noout"])
        .args(arguments)
        .arg("-")
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xmllint");
    child.stdin.take().expect("stdin").write_all(xml.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("an answer");
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Our own schema, as a file that xmllint can read.
fn own() -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(include_bytes!("../../../../tests/readers/cap.rng")).expect("written");
    file
}

fn message_types() -> [Message; 10] {
    [
        alert(),
        update(),
        cancel(),
        all_clear(),
        exercise(),
        relayed(),
        bilingual(),
        answer(MsgType::Ack),
        answer(MsgType::Error),
        hard(),
    ]
}

/// Every word of every list, one after the other.
fn all_words() -> Vec<Message> {
    let mut message = alert();
    message.infos =
        vec![Info { categories: Category::ALL.to_vec(), response_types: ResponseType::ALL.to_vec(), ..info() }];
    let mut messages = Vec::new();
    for (i, urgency) in Urgency::ALL.iter().enumerate() {
        message.status = Status::ALL[i];
        message.msg_type = MsgType::ALL[i];
        message.scope = Scope::ALL[i % 3];
        message.infos[0].urgency = *urgency;
        message.infos[0].severity = Severity::ALL[i];
        message.infos[0].certainty = Certainty::ALL[i];
        messages.push(message.clone());
    }
    messages
}

/// What a schema, given in one of xmllint's languages, says of every message type, every word, and what it must refuse.
fn judged_by(language: &str, schema: &Path) {
    let arguments = [language, schema.to_str().expect("a path")];
    for message in message_types().into_iter().chain(all_words()) {
        let xml = write(&message).expect("written");
        assert_eq!(refusal(&arguments, &xml), None, "{xml}");
    }
    let xml = write(&alert()).expect("written");
    for (from, to) in [
        ("14T08:00:00+08:00</sent>", "14T00:00:00Z</sent>"),
        ("<severity>Moderate", "<severity>Orange"),
        ("<scope>Restricted</scope>", ""),
    ] {
        assert!(xml.contains(from));
        assert!(refusal(&arguments, &xml.replace(from, to)).is_some(), "{from}");
    }
}

#[test]
fn every_message_type_and_every_word_keeps_to_our_own_schema() {
    judged_by("--relaxng", own().path());
}

#[test]
#[ignore = "needs ../shared"]
fn every_message_type_and_every_word_keeps_to_the_schema_of_oasis() {
    judged_by("--schema", &schema());
}

#[test]
fn a_feed_is_well_formed() {
    let messages = [alert(), update(), cancel(), hard()];
    let page = feeds::page();
    let xml = feed::atom(&messages, at("15T08:00").to_utc(), &page).expect("written");
    assert_eq!(refusal(&[], &xml), None, "{xml}");
}

/// A message of hard texts.
pub(super) fn hard() -> Message {
    let mut message = bilingual();
    let texts = reading::hard_texts();
    message.note = Some(texts.concat());
    message.codes.clone_from(&texts);
    for info in &mut message.infos {
        info.headline = Some(texts.concat());
        info.description = Some(texts.join("\n"));
        info.parameters = texts.iter().map(|t| NamedValue::new(t, t)).collect();
    }
    message
}

#[test]
fn a_message_to_the_letter() {
    let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">
  <identifier>o3-yanqian-20260714-1.r3</identifier>
  <sender>yanqian.wuping.example.cn</sender>
  <sent>2026-07-14T20:00:00+08:00</sent>
  <status>Actual</status>
  <msgType>Cancel</msgType>
  <scope>Restricted</scope>
  <restriction>仅限岩前镇名录内企业和各村</restriction>
  <addresses>enterprises "岩前镇 各村"</addresses>
  <code>cuofeng</code>
  <note>预报有误，原提示取消。</note>
  <references>yanqian.wuping.example.cn,o3-yanqian-20260714-1.r1,2026-07-14T08:00:00+08:00 yanqian.wuping.example.cn,o3-yanqian-20260714-1.r2,2026-07-14T12:00:00+08:00</references>
  <incidents>o3-yanqian-20260714-1</incidents>
</alert>
"#;
    assert_eq!(write(&cancel()).expect("written"), expected);
}

/// UTC has a form of its own (OASIS CAP 1.2, 3.3.2), and a fraction is cut off.
#[test]
fn times_are_written_in_one_form() {
    for (given, written) in [
        ("2026-07-14T08:00:00.987+08:00", "2026-07-14T08:00:00+08:00"),
        ("2026-07-14T00:00:00Z", "2026-07-14T00:00:00-00:00"),
        ("2026-07-14T00:00:00-03:30", "2026-07-14T00:00:00-03:30"),
    ] {
        let time = DateTime::parse_from_rfc3339(given).expect("a time");
        assert_eq!(moment::written(time), written);
        assert!(moment::strict(written).is_some(), "{written}");
    }
}

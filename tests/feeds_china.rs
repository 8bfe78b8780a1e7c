//! QWeather and the bureaus' bulletins against a far side on loopback and files in a folder.

mod far_side;

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use cuofeng::feed::bulletin::{BulletinFeed, From};
use cuofeng::feed::http::{Client, Limits};
use cuofeng::feed::qweather::{Parts, QWeather, QWeatherFeed};
use cuofeng::feed::{Ask, Feed, FeedError, Memory, Pulled};
use cuofeng::fire::Place;
use cuofeng::forecast::Variable;
use cuofeng::time::Zone;
use far_side::{Answer, Asked, FarSide};

/// RFC 8032, 7.1, test 1: the seed, and its public key.
const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

fn client() -> Client {
    let limits = Limits { first_wait: Duration::ZERO, longest_wait: Duration::ZERO, ..Limits::default() };
    Client::new(&limits).expect("a client")
}

fn now() -> DateTime<Utc> {
    "2026-07-15T00:20:00Z".parse().expect("a time")
}

async fn pull(feed: &dyn Feed, memory: &Memory) -> Result<Pulled, FeedError> {
    pull_at(feed, memory, now()).await
}

async fn pull_at(feed: &dyn Feed, memory: &Memory, now: DateTime<Utc>) -> Result<Pulled, FeedError> {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    feed.pull(Ask { now, zone: &zone, memory }).await
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hex")).collect()
}

fn qweather(far_side: &FarSide, count: i32) -> QWeatherFeed {
    // A PKCS 8 key as openssl writes it: a fixed head and the seed (RFC 8410, 7).
    let der = [bytes("302e020100300506032b657004220420"), bytes(SEED)].concat();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
    let place = |i| Place::new(29_004_900 + i * 10_000, 106_000_000).expect("a place");
    let config = QWeather {
        name: "qweather".into(),
        base: far_side.url.clone(),
        credential: "ABCDEFGHIJ".into(),
        project: "KLMNOPQRST".into(),
        key_pem: pem.into(),
        places: (0..count).map(|i| (format!("r{i}"), place(i))).collect(),
        parts: Parts { air: true, weather: true, alerts: true },
        standard: "hj633-2012".into(),
        alert_codes: vec!["1032".into()],
    };
    QWeatherFeed::new(config, client()).expect("a key")
}

fn body(asked: &Asked) -> &'static str {
    match asked.target.split('?').next().unwrap_or("") {
        path if path.starts_with("/airquality/v1/hourly/") => {
            r#"{"metadata":{"tag":"h1","attributions":["数据来自某某监测网"]},"hours":[{"forecastTime":"2026-07-15T01:00Z",
            "indexes":[{"code":"cn-mee-1h","aqi":58,"level":"2","primaryPollutant":{"code":"o3"}}],"pollutants":[]}]}"#
        }
        path if path.starts_with("/airquality/v1/daily/") => {
            r#"{"metadata":{"tag":"d1","attributions":["数据来自某某监测网","QWeather"]},"days":[{"forecastStartTime":"2026-07-14T16:00Z",
            "indexes":[{"code":"cn-mee","aqi":112,"level":"3","primaryPollutant":{"code":"o3"}}]}]}"#
        }
        path if path.starts_with("/weather/v1/hourly/") => {
            r#"{"metadata":{"tag":"w1"},"hours":[{"forecastTime":"2026-07-15T01:00Z","temperature":{"value":31.12,"unit":"°C"}}]}"#
        }
        _ => r#"{"metadata":{"tag":"a1","zeroResult":true},"alerts":[]}"#,
    }
}

#[tokio::test]
async fn qweather_is_asked_place_by_place_with_a_token_that_its_public_key_verifies() {
    let far_side = FarSide::start(|asked| Answer::ok(body(asked)));
    let feed = qweather(&far_side, 2);
    let pulled = pull(&feed, &Memory::default()).await.expect("a good answer");
    assert_eq!(pulled.runs.len(), 2);
    assert_eq!((pulled.runs[0].issued_at, pulled.runs[0].days.len()), (now(), 1));
    assert_eq!(pulled.runs[1].columns[&Variable::AqiHour].values, [58_000]);
    assert_eq!(pulled.runs[1].columns[&Variable::Temperature].values, [31_120]);
    assert_eq!(pulled.attributions, ["数据来自某某监测网", "QWeather"], "unmodified, each once");
    let asked = far_side.asked();
    assert_eq!(asked.len(), 8, "four services for each of two places");
    assert!(asked[0].target.starts_with("/airquality/v1/hourly/29.00/106.00?"), "{}", asked[0].target);
    assert!(asked[4].target.starts_with("/airquality/v1/hourly/29.01/106.00?"), "{}", asked[4].target);

    let token = asked[0].header("authorization").and_then(|h| h.strip_prefix("Bearer ")).expect("a token");
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let key = ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, bytes(PUBLIC));
    key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).expect("base64")).expect("a true signature");
    let claims = signed.split_once('.').map(|(_, claims)| URL_SAFE_NO_PAD.decode(claims).expect("base64"));
    let claims: serde_json::Value = serde_json::from_slice(&claims.expect("claims")).expect("JSON");
    assert_eq!(claims["sub"], "KLMNOPQRST");
    let (iat, exp) = (claims["iat"].as_i64().expect("iat"), claims["exp"].as_i64().expect("exp"));
    assert!(iat < now().timestamp() && now().timestamp() < exp && exp - iat < 86_400);

    let again = pull(&feed, &pulled.memory).await.expect("a good answer");
    assert!(again.unchanged && again.runs.is_empty(), "the tags are the same");
}

#[tokio::test]
async fn a_part_that_fails_leaves_the_others_and_a_frozen_one_is_not_made_new_by_them() {
    let far_side = FarSide::start(|asked| match asked.target.as_str() {
        path if path.starts_with("/weather/") => Answer::ok("{\"hours\":["),
        _ => Answer::ok(body(asked)),
    });
    let pulled = pull(&qweather(&far_side, 1), &Memory::default()).await.expect("what there is");
    assert_eq!((pulled.runs.len(), pulled.runs[0].days.len(), pulled.trouble.len()), (1, 1, 1));
    assert!(matches!(pulled.trouble[0], FeedError::Malformed { .. }), "{:?}", pulled.trouble);
    let warmer = FarSide::start(|asked| {
        let newer = body(asked).replace("\"w1\"", "\"w2\"").replace("31.12", "29.5");
        Answer::ok(newer)
    });
    let first = pull(&qweather(&warmer, 1), &Memory::default()).await.expect("a good answer");
    let mut memory = first.memory.clone();
    for seen in memory.0.values_mut().filter(|seen| seen.etag.as_deref() == Some("w2")) {
        seen.etag = Some("w1".to_owned());
    }
    let second = pull(&qweather(&warmer, 1), &memory).await.expect("a good answer");
    let variables: Vec<Variable> = second.runs[0].columns.keys().copied().collect();
    assert_eq!((variables, second.runs[0].days.len()), (vec![Variable::Temperature], 0), "only the weather is new");
    assert!(!second.runs[0].tells_air());
}

#[tokio::test]
async fn one_bulletin_that_cannot_be_read_keeps_no_other_from_being_read() {
    let dir = tempfile::tempdir().expect("a folder");
    put(dir.path(), "0714.txt", BULLETIN).await;
    put(dir.path(), "large.txt", &"长".repeat(400_000)).await;
    tokio::fs::write(dir.path().join("odd.txt"), [0_u8, 1, 2, 0xff]).await.expect("a file");
    let feed = bulletins(From::Folder(dir.path().to_owned()));
    let pulled = pull(&feed, &Memory::default()).await.expect("the good one");
    assert_eq!((pulled.runs.len(), pulled.trouble.len()), (1, 2), "{:?}", pulled.trouble);
    let words: Vec<String> = pulled.trouble.iter().map(ToString::to_string).collect();
    assert!(words.iter().any(|w| w.contains("inbox/large.txt")) && words.iter().any(|w| w.contains("inbox/odd.txt")));
    assert!(words.iter().all(|w| !w.contains("CSV")), "{words:?}");
    assert!(!pull(&feed, &pulled.memory).await.expect("the good one").unchanged, "told again until it is mended");
}

#[tokio::test]
async fn a_page_larger_than_any_bulletin_is_not_read() {
    let far_side = FarSide::start(|_| Answer::ok(vec![b'<'; 2 << 20]));
    let error = pull(&bulletins(From::Url(far_side.url.clone())), &Memory::default()).await.expect_err("too large");
    assert!(matches!(error, FeedError::Unreachable { .. }) && error.to_string().contains("1 MB"), "{error}");
}

#[tokio::test]
async fn qweather_refusals_are_told_in_its_words_and_quiet_is_kept_when_it_asks_for_quiet() {
    let problem = |status: u16, title: &str, detail: &str| {
        let kind = title.to_lowercase().replace(' ', "-");
        format!(
            r#"{{"error":{{"status":{status},"type":"https://api.example.com/{kind}","title":"{title}","detail":"{detail}"}}}}"#
        )
    };
    let cases = [
        (401, "Unauthorized", "Authentication failed", "Unauthorized"),
        (403, "No credit", "The account has no credit", "No credit"),
        (429, "Too many requests", "QPM limit exceeded", "Too many requests"),
        (400, "No Such Location", "The location is not known", "No Such Location"),
        (404, "Not found", "There is nothing here", "Not found"),
    ];
    for (status, title, detail, words) in cases {
        let answer = problem(status, title, detail);
        let far_side = FarSide::start(move |_| Answer::status(status, answer.clone()));
        let error = pull(&qweather(&far_side, 1), &Memory::default()).await.expect_err(title);
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains("Bearer") && !error.to_string().contains("eyJ"), "{error}");
        match &error {
            FeedError::Busy { until, .. } if status == 429 => {
                assert_eq!(*until - now(), chrono::Duration::minutes(10));
            }
            FeedError::Refused { .. } if status != 429 => {}
            _ => panic!("{error:?}"),
        }
        let attempts = if matches!(status, 400 | 404) { 4 } else { 1 };
        assert_eq!(far_side.asked().len(), attempts, "{title}: an account that insists is frozen");
    }
    let broken = FarSide::start(|_| Answer::ok("{\"hours\":["));
    let error = pull(&qweather(&broken, 1), &Memory::default()).await.expect_err("broken off");
    assert!(matches!(error, FeedError::Malformed { .. }), "{error:?}");
}

const BULLETIN: &str = "某某市空气质量预报\n某某市生态环境监测中心 2026年07月14日17时\n\
    7月15日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-100。\n\
    7月16日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-110。\n";

fn bulletins(from: From) -> BulletinFeed {
    BulletinFeed::new("bureau".into(), "r0".into(), from, "inbox".into(), Some("hj633-2012".into()), client())
}

async fn put(folder: &Path, name: &str, text: &str) {
    tokio::fs::write(folder.join(name), text).await.expect("a file");
}

#[tokio::test]
async fn a_folder_is_read_whole_once_and_again_when_a_bulletin_is_put_there() {
    let dir = tempfile::tempdir().expect("a folder");
    let feed = bulletins(From::Folder(dir.path().to_owned()));
    let nothing = pull(&feed, &Memory::default()).await.expect_err("an empty folder");
    assert!(matches!(nothing, FeedError::Nothing { .. }), "{nothing:?}");
    put(dir.path(), "0714.txt", BULLETIN).await;
    put(dir.path(), "notes.docx", "7月15日,AQI:1-2").await;
    let pulled = pull(&feed, &Memory::default()).await.expect("a bulletin");
    assert_eq!((pulled.runs.len(), pulled.runs[0].days.len()), (1, 1));
    assert_eq!(pulled.runs[0].issued_at, "2026-07-14T17:00:00+08:00".parse::<DateTime<Utc>>().expect("a time"));
    assert_eq!(pulled.runs[0].days[0].standard.as_deref(), Some("hj633-2012"));
    let aside: Vec<_> = pulled.aside.iter().map(|a| (a.source.as_str(), a.why.key())).collect();
    let wanted = [("inbox/0714.txt", "bulletin.level"), ("inbox/notes.docx", "bulletin.docx")];
    assert!(aside.len() == 2 && wanted.iter().all(|w| aside.contains(w)), "良 does not go to 110: {aside:?}");
    assert!(pull(&feed, &pulled.memory).await.expect("nothing new").unchanged);
    // GB 18030, as an office computer writes it.
    let later = BULLETIN.replace("07月14日", "07月15日").replace("7月15日,", "7月17日,");
    let (encoded, _, _) = encoding_rs::GB18030.encode(&later);
    tokio::fs::write(dir.path().join("0715.txt"), &encoded).await.expect("a file");
    let error = pull(&feed, &pulled.memory).await;
    // Issued at 17:00 of the 15th, which is still to come at 08:20: nothing of it is taken, and it is looked at again.
    let pulled = error.expect("the old one is still good");
    assert_eq!(pulled.runs.len(), 1);
    assert!(pulled.aside.iter().all(|a| a.source != "inbox/0715.txt") && pulled.trouble.is_empty());
    let evening = now() + chrono::Duration::hours(12);
    let pulled = pull_at(&feed, &pulled.memory, evening).await.expect("its hour has come");
    let issued: Vec<_> = pulled.runs.iter().map(|run| run.issued_at).collect();
    assert!(issued.contains(&"2026-07-15T17:00:00+08:00".parse().expect("a time")), "{issued:?}");
    assert!(pulled.aside.iter().any(|a| a.source == "inbox/0715.txt" && a.issued_at.is_some()));
    assert!(pull_at(&feed, &pulled.memory, evening).await.expect("nothing new").unchanged);
}

/// A document of a word processor with these paragraphs.
fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).expect("a part");
    let mut body = String::new();
    for text in paragraphs {
        for piece in ["<w:p><w:r><w:t>", text, "</w:t></w:r></w:p>"] {
            body.push_str(piece);
        }
    }
    let xml = format!(
        "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
    );
    std::io::Write::write_all(&mut zip, xml.as_bytes()).expect("a document");
    zip.finish().expect("an archive").into_inner()
}

#[tokio::test]
async fn documents_are_read_pdf_by_a_command_and_what_cannot_be_read_is_named_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let lines: Vec<&str> = BULLETIN.lines().take(3).collect();
    tokio::fs::write(dir.path().join("0714.docx"), docx(&lines)).await.expect("a document");
    let pdf = format!("%PDF-1.7\n{}", BULLETIN.replace("07月14日17时", "07月14日15时30分"));
    put(dir.path(), "0714.pdf", &pdf).await;
    put(dir.path(), "scan.jpg", "no text").await;
    put(dir.path(), "old.doc", "no text").await;
    put(dir.path(), "Thumbs.db", "no text").await;
    let feed = bulletins(From::Folder(dir.path().to_owned()));
    let pulled = pull(&feed, &Memory::default()).await.expect("a document");
    assert_eq!((pulled.runs.len(), pulled.trouble.len()), (1, 0), "{:?}", pulled.trouble);
    let mut named: Vec<_> = pulled.aside.iter().map(|a| (a.source.as_str(), a.why.key())).collect();
    named.sort_unstable();
    let kind = "bulletin.file_kind";
    assert_eq!(named, [("inbox/0714.pdf", "bulletin.pdf"), ("inbox/old.doc", kind), ("inbox/scan.jpg", kind)]);
    assert!(pulled.aside.iter().all(|a| a.line.contains('（') && a.understood.is_empty()));
    assert!(pull(&feed, &pulled.memory).await.expect("nothing new").unchanged, "named once");
    // What turns PDF into text here leaves its first line out.
    let command = ["/bin/sh", "-c", "tail -n +2"].map(str::to_owned).to_vec();
    let feed = bulletins(From::Folder(dir.path().to_owned())).knowing(None, Some(command));
    let pulled = pull(&feed, &Memory::default()).await.expect("both");
    let issued: Vec<String> = pulled.runs.iter().map(|run| run.issued_at.to_rfc3339()).collect();
    assert!(issued.contains(&"2026-07-14T07:30:00+00:00".to_owned()) && issued.len() == 2, "{issued:?}");
    for (command, why) in [("exit 3", "pdf_failed"), ("true", "pdf_empty")] {
        let command = ["/bin/sh", "-c", command].map(str::to_owned).to_vec();
        let feed = bulletins(From::Folder(dir.path().to_owned())).knowing(None, Some(command));
        let pulled = pull(&feed, &Memory::default()).await.expect("the document all the same");
        let told = matches!(&pulled.trouble[..], [FeedError::Unreachable { source_name, cause, .. }]
            if source_name == "inbox/0714.pdf" && cause.key() == format!("bulletin.{why}"));
        assert!(told && pulled.runs.len() == 1, "{:?}", pulled.trouble);
    }
}

#[tokio::test]
async fn a_bulletin_of_a_day_alone_is_issued_at_the_hour_that_the_site_states() {
    let dir = tempfile::tempdir().expect("a folder");
    put(dir.path(), "0714.txt", &BULLETIN.replace(" 2026年07月14日17时", "\n发布日期：2026-07-14")).await;
    let feed = bulletins(From::Folder(dir.path().to_owned()));
    let pulled = pull(&feed, &Memory::default()).await.expect("lines that wait");
    assert_eq!((pulled.runs.len(), pulled.aside[0].why.key()), (0, "bulletin.no_hour"));
    let pulled = pull(&feed.knowing(Some(16), None), &Memory::default()).await.expect("a bulletin");
    let issued: Vec<String> = pulled.runs.iter().map(|run| run.issued_at.to_rfc3339()).collect();
    assert_eq!(issued, ["2026-07-14T08:00:00+00:00"]);
}

#[tokio::test]
async fn a_page_is_asked_for_with_what_is_known_of_it() {
    let page = "<html><body><p>某某市环境监测站&nbsp;2026年07月14日17时</p><p>7月15日,预测日均空气质量为良,首要污染物为臭氧,AQI:70-100。</p></body></html>";
    let far_side = FarSide::start(move |asked| match asked.header("if-none-match") {
        Some("\"1\"") => Answer::status(304, ""),
        _ => Answer::ok(page).with("etag", "\"1\""),
    });
    let feed = bulletins(From::Url(format!("{}/forecast.html", far_side.url)));
    let pulled = pull(&feed, &Memory::default()).await.expect("a page");
    assert_eq!((pulled.runs.len(), pulled.aside.len()), (1, 0));
    assert!(pull(&feed, &pulled.memory).await.expect("a 304").unchanged);
    assert_eq!(far_side.asked().len(), 2);
    let blank = FarSide::start(|_| Answer::ok("<html><body>网站维护中</body></html>"));
    let error = pull(&bulletins(From::Url(blank.url.clone())), &Memory::default()).await.expect_err("no bulletin");
    assert!(matches!(error, FeedError::Nothing { .. }), "{error:?}");
}

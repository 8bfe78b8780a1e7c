//! QWeather against a far side on loopback.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cuofeng_air::fire::Place;
use cuofeng_air::forecast::Variable;
use cuofeng_feed::qweather::{Parts, QWeather, QWeatherFeed};
use cuofeng_feed::{FeedError, Memory};

use super::{body, client, now, pull};
use crate::far_side::{Answer, FarSide};

/// RFC 8032, 7.1, test 1: the seed, and its public key.
const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

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

/// Ed25519 by another implementation than the one that signs.
fn verified_by_openssl(signed: &[u8], signature: &[u8]) {
    let dir = tempfile::tempdir().expect("a folder");
    // A public key's fixed head and the key (RFC 8410, 4).
    let key = [bytes("302a300506032b6570032100"), bytes(PUBLIC)].concat();
    for (name, content) in [("key", key.as_slice()), ("signed", signed), ("signature", signature)] {
        std::fs::write(dir.path().join(name), content).expect("a file");
    }
    let said = Command::new("openssl")
        .args(["pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key", "-rawin", "-in", "signed"])
        .args(["-sigfile", "signature"])
        .current_dir(dir.path())
        .output()
        .expect("openssl (scripts/test installs it)");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
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
    verified_by_openssl(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).expect("base64"));
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

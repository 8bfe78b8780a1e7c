use serde_json::Value;

use super::*;
use crate::sms::Fault;
use cuofeng_base::word::Form;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn letter() -> Letter {
    Letter {
        number: 1,
        key: "ozone.a.2026-07-02.1.r1.raise.enterprise-E1.sms.0a0b0c".into(),
        site: String::new(),
        form: Form::Sms,
        name: "甲厂".into(),
        address: "10000000001".into(),
        subject: String::new(),
        body: "【某镇环保办】甲厂：建议错峰".into(),
        enclosures: std::sync::Arc::default(),
        date: at("2026-07-02T16:30:00Z"),
        playing: None,
        with: Vec::new(),
        after: Vec::new(),
    }
}

#[test]
fn a_request_is_signed_as_an_independent_computation_signs_it() {
    // Computed in Python from Aliyun's description of ACS3-HMAC-SHA256.
    let signed = sign::Signed {
        key_id: "LTAIexample",
        secret: "another-secret",
        headers: vec![
            ("host", "dysmsapi.example.com".into()),
            ("x-acs-action", "SendSms".into()),
            ("x-acs-content-sha256", hash(b"")),
            ("x-acs-date", "2026-07-02T08:30:00Z".into()),
            ("x-acs-signature-nonce", "00112233445566778899aabbccddeeff".into()),
            ("x-acs-version", "2017-05-25".into()),
        ],
        query: vec![
            ("TemplateParam", "{\"name\":\"甲厂 ~*\",\"time\":\"7月3日10:00—17:00\"}".into()),
            ("OutId", "ozone.r1.raise".into()),
            ("PhoneNumbers", "10000000001".into()),
            ("SignName", "某镇环保办".into()),
            ("TemplateCode", "SMS_000000001".into()),
        ],
    };
    let (query, header) = signed.authorization();
    assert!(header.ends_with("Signature=1244cf4a6b1e2b22e9218470bb3258aa0d2deeca9bf706f23f9a74935abbefac"), "{header}");
    assert!(query.contains("%20~%2A"), "a space is %20 on the wire, too: {query}");
}

#[test]
#[ignore = "needs ../shared"]
fn a_request_is_signed_as_the_vendors_sdk_signs_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/reference/golden/aliyun_send_sms.json");
    let text = std::fs::read_to_string(path).expect(path);
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    let pairs = |field: &str| {
        let object = golden[field].as_object().expect("an object");
        object.iter().map(|(n, v)| (n.clone(), v.as_str().expect("a text").to_owned())).collect::<Vec<_>>()
    };
    let (query, headers) = (pairs("query"), pairs("signed_headers"));
    let word = |field: &str| golden[field].as_str().expect("a text");
    let signed = sign::Signed {
        key_id: word("access_key_id"),
        secret: word("access_key_secret"),
        headers: headers.into_iter().map(|(n, v)| (&*n.leak(), v)).collect(),
        query: query.iter().map(|(n, v)| (n.as_str(), v.clone())).collect(),
    };
    assert_eq!(signed.canonical().0, word("canonical_request"));
    assert!(signed.authorization().1.ends_with(&format!("Signature={}", word("signature"))));
}

#[test]
fn every_code_of_the_providers_list_is_sorted() {
    for (code, fault) in [
        ("isv.BUSINESS_LIMIT_CONTROL", Fault::Busy),
        ("Throttling.User", Fault::Busy),
        ("isp.SYSTEM_ERROR", Fault::Busy),
        ("isv.AMOUNT_NOT_ENOUGH", Fault::Closed),
        ("isv.OUT_OF_SERVICE", Fault::Closed),
        ("isv.DAY_LIMIT_CONTROL", Fault::Closed),
        ("isv.SMS_SIGNATURE_ILLEGAL", Fault::Closed),
        ("isv.SMS_TEMPLATE_ILLEGAL", Fault::Closed),
        ("isp.RAM_PERMISSION_DENY", Fault::Closed),
        ("SignatureDoesNotMatch", Fault::Closed),
        ("InvalidAccessKeyId.NotFound", Fault::Closed),
        ("isv.PARAM_LENGTH_LIMIT", Fault::Text),
        ("isv.TEMPLATE_PARAMS_ILLEGAL", Fault::Text),
        ("isv.MOBILE_NUMBER_ILLEGAL", Fault::Recipient),
        ("isv.BLACK_KEY_CONTROL_LIMIT", Fault::Recipient),
        ("isp.SOMETHING_NEW", Fault::Unknown),
    ] {
        assert_eq!(codes::fault(code), fault, "{code}");
    }
}

#[test]
fn an_answer_is_read_for_what_it_says_and_not_for_its_status() {
    let ok = br#"{"Message":"OK","RequestId":"R","Code":"OK","BizId":"900619746936498440^0"}"#;
    assert_eq!(answered(200, ok), Outcome::Accepted(Words { id: "900619746936498440^0".into(), said: "OK OK".into() }));
    let busy =
        r#"{"Message":"触发小时级流控Permits:5 10000000001","RequestId":"R","Code":"isv.BUSINESS_LIMIT_CONTROL"}"#;
    let Outcome::Transient(words) = answered(200, busy.as_bytes()) else { panic!("busy") };
    assert!(words.said.contains("流控") && !words.said.contains("10000000001"), "{}", words.said);
    let empty = br#"{"Message":"x","RequestId":"R","Code":"isv.AMOUNT_NOT_ENOUGH"}"#;
    assert!(matches!(answered(200, empty), Outcome::Closed(_)));
    let key = br#"{"RequestId":"R","Message":"bad","HostId":"h","Code":"SignatureDoesNotMatch"}"#;
    assert!(matches!(answered(400, key), Outcome::Closed(_)));
    assert!(matches!(answered(504, b"<html>"), Outcome::Unknown(_)));
    assert!(matches!(answered(200, b""), Outcome::Unknown(_)));
}

#[test]
fn what_became_of_a_letter_is_read_from_its_own_details_alone() {
    let detail = |out_id: &str, status: i64| Detail {
        out_id: Some(out_id.to_owned()),
        err_code: Some("DELIVERED".into()),
        send_status: Some(status),
    };
    let letter = letter();
    let key = letter.key.as_str();
    let soon = letter.date + chrono::Duration::minutes(2);
    let later = letter.date + chrono::Duration::minutes(11);
    let kind = |id: &str, details: &[Detail], now| match became(&letter, id, details, now) {
        Answer::Knows(Outcome::Delivered(_)) => "delivered",
        Answer::Knows(Outcome::Accepted(_)) => "accepted",
        Answer::Knows(Outcome::Permanent(_)) => "failed",
        Answer::Knows(Outcome::Transient(_)) => "never taken",
        Answer::Later(_) => "later",
        _ => "other",
    };
    for (id, details, now, what) in [
        ("", vec![detail(key, 3)], soon, "delivered"),
        ("", vec![detail(key, 1)], soon, "accepted"),
        ("B1", vec![detail(key, 1)], soon, "later"),
        ("B1", vec![detail(key, 2)], soon, "failed"),
        ("B1", vec![detail(key, 2), detail(key, 3)], soon, "delivered"),
        ("", vec![detail("another", 3)], soon, "later"),
        ("", vec![detail("another", 3)], later, "never taken"),
        ("B1", vec![], later, "later"),
    ] {
        assert_eq!(kind(id, &details, now), what);
    }
    // 16:30 UTC is past midnight in Beijing, where Aliyun's day is.
    assert_eq!(beijing_day(letter.date), "20260703");
}

#[test]
fn a_push_is_read_entry_by_entry_whichever_the_form_of_its_numbers() {
    let body = r#"[{"phone_number":"10000000001","send_time":"2026-07-02 16:00:00","report_time":"2026-07-02 16:00:05",
        "success":true,"err_code":"DELIVERED","err_msg":"用户接收成功","sms_size":"1","biz_id":"B^0","out_id":"k1"},
        {"phone_number":13,"success":true},
        {"phone_number":"10000000002","success":false,"err_code":"MK:0001","err_msg":"空号","biz_id":"C^0","sms_size":1}]"#;
    let Ok(read) = push::reports(body.as_bytes()) else { panic!("a list") };
    assert_eq!((read.entries.len(), read.faulty), (2, 1));
    assert_eq!((read.entries[0].key.as_str(), read.entries[0].arrived), ("k1", true));
    assert_eq!(read.entries[0].at, Some(at("2026-07-02T08:00:05Z")));
    assert_eq!((read.entries[1].said.as_str(), read.entries[1].arrived), ("MK:0001 空号", false));
    let body = r#"[{"phone_number":"10000000001","content":"收到","send_time":"2026-07-02 16:10:00","dest_code":"1",
        "sequence_id":"1234567890"},{"phone_number":"10000000001","content":"1","sequence_id":1234567891,"sign_name":"x"}]"#;
    let Ok(read) = push::replies(body.as_bytes()) else { panic!("a list") };
    let ids: Vec<&str> = read.entries.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, ["1234567890", "1234567891"]);
}

proptest::proptest! {
    #[test]
    fn anything_from_outside_is_read_without_a_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = answered(200, &bytes);
        let _ = push::reports(&bytes);
        let _ = push::replies(&bytes);
    }
}

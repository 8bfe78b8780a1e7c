use chrono::{DateTime, Utc};
use serde_json::Value;

use super::*;
use crate::sms::Fault;
use cuofeng_base::word::Form;

fn letter() -> Letter {
    Letter {
        number: 1,
        key: "k1".into(),
        site: String::new(),
        form: Form::Sms,
        name: "甲厂".into(),
        address: "10000000001".into(),
        subject: String::new(),
        body: "【某镇环保办】甲厂：建议错峰".into(),
        enclosures: std::sync::Arc::default(),
        date: DateTime::<Utc>::UNIX_EPOCH,
        playing: None,
        with: Vec::new(),
        after: Vec::new(),
    }
}

fn signature(host: &str, key: (&str, &str), body: &str, seconds: i64) -> String {
    let at = DateTime::from_timestamp(seconds, 0).expect("a time");
    let header = sign::authorization(key, host, body.as_bytes(), at);
    header.rsplit_once("Signature=").expect("a signature").1.to_owned()
}

#[test]
fn a_request_is_signed_as_an_independent_computation_signs_it() {
    // Computed in Python from Tencent's description of TC3-HMAC-SHA256.
    let body = r#"{"PhoneNumberSet":["+8610000000001"],"SmsSdkAppId":"1400000000"}"#;
    assert_eq!(
        signature("sms.example.com", ("AKIDexample", "another-key"), body, 1_783_000_000),
        "5af6223d05076f2a12987396fb323c530bee3e09c45ddbe9ced186d4d9a57eab"
    );
}

#[test]
#[ignore = "needs ../shared"]
fn a_request_is_signed_as_the_vendors_sdk_signs_it() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/reference/golden/tencent_send_sms.json");
    let text = std::fs::read_to_string(path).expect(path);
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    let word = |field: &str| golden[field].as_str().expect("a text");
    assert_eq!(sign::canonical(word("host"), word("body").as_bytes()), word("canonical_request"));
    let seconds = golden["timestamp"].as_i64().expect("seconds");
    let key = (word("secret_id"), word("secret_key"));
    assert_eq!(signature(word("host"), key, word("body"), seconds), word("signature"));
}

#[test]
fn every_code_of_the_providers_list_is_sorted() {
    for (code, fault) in [
        ("LimitExceeded.DeliveryFrequencyLimit", Fault::Busy),
        ("RequestLimitExceeded", Fault::Busy),
        ("FailedOperation.InsufficientBalanceInSmsPackage", Fault::Closed),
        ("UnauthorizedOperation.ServiceSuspendDueToArrears", Fault::Closed),
        ("AuthFailure.SignatureFailure", Fault::Closed),
        ("FailedOperation.SignatureIncorrectOrUnapproved", Fault::Closed),
        ("FailedOperation.TemplateUnapprovedOrNotExist", Fault::Closed),
        ("InvalidParameterValue.TemplateParameterLengthLimit", Fault::Text),
        ("FailedOperation.ContainSensitiveWord", Fault::Text),
        ("FailedOperation.PhoneNumberInBlacklist", Fault::Recipient),
        ("LimitExceeded.PhoneNumberDailyLimit", Fault::Recipient),
        ("InternalError.Timeout", Fault::Unknown),
    ] {
        assert_eq!(codes::fault(code), fault, "{code}");
    }
}

#[test]
fn an_answer_is_read_for_what_it_says_and_not_for_its_status() {
    let sent = |code: &str| {
        format!(
            r#"{{"Response":{{"SendStatusSet":[{{"SerialNo":"S1","PhoneNumber":"+8610000000001","Fee":1,
            "SessionContext":"k1","Code":"{code}","Message":"for +8610000000001","IsoCode":"CN"}}],"RequestId":"R"}}}}"#
        )
    };
    let Outcome::Accepted(words) = answered(200, sent("Ok").as_bytes()) else { panic!("accepted") };
    assert_eq!(words.id, "S1");
    assert!(!words.said.contains("10000000001"), "{}", words.said);
    let empty = sent("FailedOperation.InsufficientBalanceInSmsPackage");
    assert!(matches!(answered(200, empty.as_bytes()), Outcome::Closed(_)));
    let error = br#"{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"x"},"RequestId":"R"}}"#;
    assert!(matches!(answered(200, error), Outcome::Closed(_)));
    for body in [&b""[..], b"<html>", br#"{"Response":{"RequestId":"R"}}"#] {
        assert!(matches!(answered(200, body), Outcome::Unknown(_)));
    }
}

#[test]
fn what_became_of_a_letter_is_read_from_its_own_record_alone() {
    let status = |serial: &str, session: &str, report: &str| {
        format!(r#"{{"SerialNo":"{serial}","SessionContext":"{session}","ReportStatus":"{report}","Description":"x"}}"#)
    };
    let became = |id: &str, records: &[String]| {
        let body = format!(r#"{{"Response":{{"PullSmsSendStatusSet":[{}],"RequestId":"R"}}}}"#, records.join(","));
        match became(&letter(), id, body.as_bytes()) {
            Answer::Knows(Outcome::Delivered(words)) => format!("delivered {}", words.id),
            Answer::Knows(Outcome::Permanent(words)) => format!("failed {}", words.id),
            Answer::Later(_) => "later".to_owned(),
            other => format!("{other:?}"),
        }
    };
    for (id, records, what) in [
        ("S1", vec![status("S1", "", "SUCCESS")], "delivered S1"),
        ("S1", vec![status("S2", "", "SUCCESS")], "later"),
        ("S1", vec![status("S1", "", "FAIL")], "failed S1"),
        ("", vec![status("S1", "k1", "SUCCESS")], "delivered S1"),
        ("", vec![status("S1", "", "SUCCESS")], "later"),
        ("", vec![], "later"),
    ] {
        assert_eq!(became(id, &records), what);
    }
}

#[test]
fn values_go_in_the_order_of_their_numbers() {
    let values = [("2", "b"), ("1", "a"), ("10", "c")].map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
    assert_eq!(in_order(&Filled { code: "1".into(), values }), ["a", "b", "c"]);
    let values = [("name", "b"), ("time", "a")].map(|(n, v)| (n.to_owned(), v.to_owned())).to_vec();
    assert_eq!(in_order(&Filled { code: "1".into(), values }), ["b", "a"]);
}

#[test]
fn a_push_is_read_entry_by_entry() {
    let body = r#"[{"user_receive_time":"2026-07-02 16:00:05","nationcode":"86","mobile":"10000000001",
        "report_status":"SUCCESS","errmsg":"DELIVRD","description":"用户短信送达成功","sid":"S1"},
        {"mobile":"10000000002","report_status":"FAIL","errmsg":"MK:0001","sid":"S2"},{"sid":"S3"}]"#;
    let Ok(read) = push::reports(body.as_bytes()) else { panic!("a list") };
    let seen: Vec<(&str, bool)> = read.entries.iter().map(|r| (r.id.as_str(), r.arrived)).collect();
    assert_eq!((seen, read.faulty), (vec![("S1", true), ("S2", false)], 1));
    let body =
        r#"{"extend":"","mobile":"10000000001","nationcode":"86","sign":"某镇环保办","text":"收到","time":1783000000}"#;
    let (Ok(once), Ok(again)) = (push::replies(body.as_bytes()), push::replies(body.as_bytes())) else { panic!() };
    assert_eq!(once.entries[0].text, "收到");
    assert_eq!(once.entries[0].id, again.entries[0].id, "pushed again it is the same reply");
}

proptest::proptest! {
    #[test]
    fn anything_from_outside_is_read_without_a_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let _ = answered(200, &bytes);
        let _ = became(&letter(), "", &bytes);
        let _ = push::reports(&bytes);
        let _ = push::replies(&bytes);
    }
}

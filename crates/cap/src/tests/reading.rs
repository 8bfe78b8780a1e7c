//! What is written reads back the same; what others write is read or refused, with the place.

use super::*;

/// Texts that XML, Chinese or a careless program makes hard.
pub(super) fn hard_texts() -> Vec<String> {
    vec![
        "今日臭氧，污染〔2026〕1号。".to_owned(),
        "A & B < C > D \"quoted\" 'single' ]]> <!-- no --> &amp; &#x41;".to_owned(),
        "first line\nsecond\tline\r\nthird\r".to_owned(),
        "  spaces round it  ".to_owned(),
        "😷🏭 堃垚淏𠮷 e\u{301}\u{200b}\u{fffd}".to_owned(),
        "长".repeat(20_000),
        String::new(),
    ]
}

#[test]
fn written_reads_back() {
    let messages = [
        alert(),
        update(),
        cancel(),
        all_clear(),
        exercise(),
        relayed(),
        bilingual(),
        answer(MsgType::Ack),
        answer(MsgType::Error),
        schema::hard(),
    ];
    for message in messages {
        let xml = write(&message).expect("written");
        assert_eq!(read(xml.as_bytes()), Ok(message));
    }
}

/// Each hard text in each text of a message.
#[test]
fn hard_texts_read_back_everywhere() {
    for text in hard_texts() {
        let own = || Some(text.clone());
        let info = Info {
            audience: own(),
            sender_name: own(),
            headline: own(),
            description: own(),
            instruction: own(),
            contact: own(),
            event: text.clone(),
            parameters: vec![NamedValue::new(&text, &text)],
            areas: vec![Area { desc: text.clone(), ..area() }],
            ..info()
        };
        let message =
            Message { note: own(), restriction: own(), codes: vec![text.clone()], infos: vec![info], ..alert() };
        assert_eq!(read(write(&message).expect("written").as_bytes()), Ok(message));
    }
}

/// XML 1.0 has no form for them, escaped or not.
#[test]
fn control_characters_are_left_out() {
    let message = Message { note: some("a\u{0}b\u{7}c\u{fffe}"), ..alert() };
    let back = read(write(&message).expect("written").as_bytes()).expect("read");
    assert_eq!(back.note.as_deref(), Some("abc"));
}

#[test]
fn names_are_checked() {
    for (text, error) in [
        ("", IdentifierError::Empty),
        ("a b", IdentifierError::Forbidden(' ')),
        ("a,b", IdentifierError::Forbidden(',')),
        ("a<b", IdentifierError::Forbidden('<')),
        ("a&b", IdentifierError::Forbidden('&')),
        ("a\u{3000}b", IdentifierError::Forbidden('\u{3000}')),
        ("a\u{0}b", IdentifierError::Forbidden('\u{0}')),
    ] {
        assert_eq!(Identifier::new(text), Err(error), "{text:?}");
    }
    assert_eq!(
        Identifier::new("350824-036_20260714080000_1").map(|i| i.to_string()).as_deref(),
        Ok("350824-036_20260714080000_1")
    );
    for text in [
        "",
        "a",
        "a,b",
        "a,b,c",
        "a,b,2026-07-14T08:00:00Z",
        "a,b,2026-07-14T08:00:00+08:00,c",
        ",b,2026-07-14T08:00:00+08:00",
    ] {
        assert_eq!(text.parse::<Reference>(), Err(ReferenceError), "{text}");
    }
    assert_eq!(alert().reference().to_string().parse(), Ok(alert().reference()));
}

/// Prefixes, comments, CDATA, signatures, unknown elements, references by number: all are the same message.
#[test]
fn other_writers_are_read() {
    let xml = write(&alert()).expect("written");
    let signed = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:A><ds:B>x</ds:B></ds:A></ds:Signature></alert>";
    let prefixed =
        xml.replace("xmlns=", "xmlns:cap=").replace('<', "<cap:").replace("<cap:/", "</cap:").replace("<cap:?", "<?");
    let same = [
        prefixed,
        xml.replace("</alert>", signed),
        xml.replace("</alert>", "<future>of CAP 1.3<event>x</event></future></alert>"),
        xml.replace("<info>", "<!-- 臭氧 --><?pi x?><info><x:y xmlns:x=\"urn:x\"/>"),
        xml.replace("臭氧污染错峰提示</event>", "<![CDATA[臭氧污染]]>&#x9519;&#23792;提示</event>"),
        xml.replace("<sent>", "<sent>\n  "),
        xml.replace("<scope>", "<source>预报员</source><scope>"),
        xml.replace('\n', "\r\n"),
        format!("\u{feff}{xml}"),
        xml.replace("</area>", "<altitude>0</altitude><ceiling>9</ceiling></area>"),
        xml.replace(
            "<area>",
            "<resource><resourceDesc>语音</resourceDesc><mimeType>audio/mpeg</mimeType></resource><area>",
        ),
    ];
    for document in same {
        assert_eq!(read(document.as_bytes()), Ok(alert()), "{document}");
    }
    let unnamed = xml.replace("<language>zh-CN</language>", "");
    assert_eq!(read(unnamed.as_bytes()).expect("read").infos[0].language, "en-US");
}

/// A status, a type or a scope of an unknown spelling is never guessed: a Cancel must not pass for an Alert.
#[test]
fn nothing_decisive_is_guessed() {
    let xml = write(&cancel()).expect("written");
    for (from, to) in [
        ("<msgType>Cancel</msgType>", "<msgType>cancel</msgType>"),
        ("<msgType>Cancel</msgType>", ""),
        ("<status>Actual</status>", "<status>Real</status>"),
        ("<scope>Restricted</scope>", "<scope> Restricted</scope>"),
        ("20:00:00+08:00</sent>", "noon</sent>"),
    ] {
        let reading = read_loosely(xml.replace(from, to).as_bytes()).expect("a tree");
        assert_eq!((reading.message, reading.findings.len()), (None, 1), "{to}");
    }
}

#[test]
fn a_refusal_says_where() {
    let xml = write(&alert()).expect("written");
    let doctype = xml.replace("<alert", "<!DOCTYPE alert [<!ENTITY a \"aaaa\">]>\n<alert");
    let cases = [
        ("", "1:1: the document is not well-formed XML: `<alert>`"),
        ("<alert/>", "1:1: the root is not `alert` of CAP 1.2: `alert`"),
        (
            "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.1'/>",
            "1:1: the root is not `alert` of CAP 1.2: `{urn:oasis:names:tc:emergency:cap:1.1}alert`",
        ),
        (doctype.as_str(), "2:1: a DTD is not accepted"),
        ("<?xml version='1.0' encoding='GB2312'?><a/>", "1:1: the document is not UTF-8: `GB2312`"),
        (
            "<a:alert xmlns:a='urn:oasis:names:tc:emergency:cap:1.2'>\n<a:note>&x;</a:note></a:alert>",
            "2:9: an entity is not accepted: `&x;`",
        ),
    ];
    for (document, words) in cases {
        assert_eq!(read(document.as_bytes()).expect_err(document).to_string(), words);
    }
    assert_eq!(read(b"<a>\xff</a>").expect_err("not UTF-8").to_string(), "1:4: the document is not UTF-8: `UTF-8`");
}

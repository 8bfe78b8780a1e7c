//! Damaged and hostile documents: read or refused, never a panic.

use super::*;

/// Whatever the bytes, reading and judging end; and what is read strictly is written and read the same.
fn survives(bytes: &[u8]) -> bool {
    let context = Context { now: at("14T08:00").to_utc(), origin: Origin::Own, earlier: None };
    let findings = check::document(bytes, &context);
    assert!(findings.iter().all(|f| !f.at.is_empty()), "{findings:?}");
    let Ok(message) = read(bytes) else { return false };
    let again = write(&message).expect("written");
    assert_eq!(read(again.as_bytes()), Ok(message), "{}", String::from_utf8_lossy(bytes));
    true
}

#[test]
fn mutations_never_panic() {
    const PIECES: [&str; 24] = [
        "<",
        ">",
        "&",
        "&#0;",
        "&#x110000;",
        "&lt;",
        "]]>",
        "<![CDATA[",
        "<!--",
        "-->",
        "<?",
        "?>",
        "<!DOCTYPE a>",
        "xmlns:a=''",
        "</info>",
        "<info>",
        "<alert>",
        "</alert>",
        "\u{0}",
        "，",
        "😷",
        "\"",
        "9999999999",
        "<a:b xmlns:a='urn:x'/>",
    ];
    let good = [write(&bilingual()).expect("written"), write(&cancel()).expect("written")];
    let mut dice = Dice(0x00c0_ffee);
    let mut read = 0;
    for round in 0..6000 {
        let mut bytes = good[round % 2].clone().into_bytes();
        for _ in 0..=dice.below(2) {
            let at = dice.below(bytes.len());
            match dice.below(5) {
                0 => bytes[at] = u8::try_from(dice.below(256)).expect("a byte"),
                1 => drop(bytes.drain(at..bytes.len().min(at + 1 + dice.below(30)))),
                2 => drop(bytes.splice(at..at, PIECES[dice.below(24)].bytes())),
                3 => bytes[at] = b" <>/&;:aZ0-+,."[dice.below(14)],
                _ => {
                    let end = bytes.len().min(at + 1 + dice.below(60));
                    let copy = bytes[at..end].to_vec();
                    let to = dice.below(bytes.len());
                    drop(bytes.splice(to..to, copy));
                }
            }
        }
        read += usize::from(survives(&bytes));
    }
    // Else the generator would only test the first line of the reader.
    assert!(read > 600, "{read} of 6000 could still be read");
}

#[test]
fn every_cut_is_refused() {
    let good = write(&alert()).expect("written");
    let end = good.trim_end().len();
    for length in 0..end {
        assert!(!survives(&good.as_bytes()[..length]), "{length}");
    }
}

#[test]
fn noise_is_refused() {
    let mut dice = Dice(7);
    for _ in 0..2000 {
        let length = dice.below(200);
        let noise: Vec<u8> = (0..length).map(|_| b"<>/&;#x!?-[]=\"' aA0:\xe8\x87\xad"[dice.below(23)]).collect();
        assert!(!survives(&noise));
    }
}

#[test]
fn hostile_documents_are_refused() {
    let root = "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">";
    let cases = [
        (format!("{root}{}", "<info>".repeat(40)), Kind::TooDeep),
        (format!("{root}{}", "<a xmlns='urn:x'>".repeat(40)), Kind::TooDeep),
        ("<".repeat(MAX_BYTES + 1), Kind::TooLarge),
        (
            format!("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{root}<note>&x;</note></alert>"),
            Kind::Doctype,
        ),
        (format!("{root}<note>&#0;</note></alert>"), Kind::Entity),
        (format!("{root}<note>&#xD800;</note></alert>"), Kind::Entity),
        (format!("{root}<note>&nbsp;</note></alert>"), Kind::Entity),
        (format!("{root}<note>\u{1}</note></alert>"), Kind::NotXml),
        (format!("{root}</alert>{root}</alert>"), Kind::NotXml),
        (format!("{root}</alert>text"), Kind::NotXml),
        (format!("{root}</info></alert>"), Kind::NotXml),
        (root.to_owned(), Kind::NotXml),
        (format!("{root}<x:note>a</x:note></alert>"), Kind::Missing),
    ];
    for (document, kind) in cases {
        assert_eq!(
            read(document.as_bytes()).map_err(|f| f.kind),
            Err(kind),
            "{}",
            document.chars().take(200).collect::<String>()
        );
    }
    // A flat flood is refused before every info is compared with every other.
    let header = write(&cancel()).expect("written").replace("</alert>", "");
    for flood in ["<code/>", "<info/>", "<x:y xmlns:x='urn:x'/>"] {
        assert!(!survives(format!("{header}{}</alert>", flood.repeat(45_000)).as_bytes()), "{flood}");
    }
    // As many infos as are read are judged in a blink: nothing grows with the square of what is found.
    let infos = format!("{header}{}</alert>", "<info/>".repeat(MAX_ELEMENTS - 20));
    assert!(!survives(infos.as_bytes()));
    // A value that is shown is cut.
    let long = format!("{root}<note>&{};</note></alert>", "a".repeat(100_000));
    assert_eq!(read(long.as_bytes()).map_err(|f| f.value.chars().count()), Err(VALUE_CHARS + 1));
}

use super::*;

/// Sentences and their readings, one a line: text, tab, reading; `!` and the pieces that can't be read.
const PHRASES: &str = include_str!("../../../tests/speech/phrases.tsv");

fn cases() -> impl Iterator<Item = (&'static str, &'static str)> {
    PHRASES.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'))
}

#[test]
fn every_phrase_of_the_table_is_read_as_it_says() {
    let mut wrong = Vec::new();
    for (text, wanted) in cases() {
        let read = match aloud(text, &Sayings::new()) {
            Ok(read) => {
                assert!(is_pure(&read), "{text}: {read}");
                read
            }
            Err(unread) => format!("!{}", unread.iter().map(|u| u.piece.as_str()).collect::<Vec<_>>().join(" ")),
        };
        if read != wanted {
            wrong.push(format!("{text}\n  {read}\n  {wanted}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases().count(), wrong.join("\n"));
    assert!(cases().count() >= 300, "{}", cases().count());
}

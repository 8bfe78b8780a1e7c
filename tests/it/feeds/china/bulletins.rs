//! Bulletins in a folder and on a page.

use std::path::Path;

use chrono::{DateTime, Utc};
use cuofeng_feed::bulletin::{BulletinFeed, From};
use cuofeng_feed::{FeedError, Memory};

use super::{client, now, pull, pull_at};
use crate::far_side::{Answer, FarSide};

#[tokio::test]
async fn one_bulletin_that_cannot_be_read_keeps_no_other_from_being_read() {
    let dir = tempfile::tempdir().expect("a folder");
    put(dir.path(), "0714.txt", BULLETIN).await;
    put(dir.path(), "large.txt", &"长".repeat(400_000)).await;
    tokio::fs::write(dir.path().join("odd.txt"), [0_u8, 1, 2, 0xff]).await.expect("a file");
    let feed = bulletins(From::Folder(dir.path().to_owned()));
    let pulled = pull(&feed, &Memory::default()).await.expect("the good one");
    assert_eq!((pulled.runs.len(), pulled.trouble.len()), (1, 1), "{:?}", pulled.trouble);
    let words: Vec<String> = pulled.trouble.iter().map(ToString::to_string).collect();
    assert!(words.iter().any(|w| w.contains("inbox/odd.txt")), "{words:?}");
    // One that is too large for a bulletin stays so: it is named for a person.
    let large: Vec<&str> = pulled.aside.iter().map(|aside| aside.source.as_str()).collect();
    assert!(large.contains(&"inbox/large.txt"), "{large:?}");
    assert!(words.iter().all(|w| !w.contains("CSV")), "{words:?}");
    assert!(!pull(&feed, &pulled.memory).await.expect("the good one").unchanged, "told again until it is mended");
}

#[tokio::test]
async fn a_page_larger_than_any_bulletin_is_not_read() {
    let far_side = FarSide::start(|_| Answer::ok(vec![b'<'; 2 << 20]));
    let error = pull(&bulletins(From::Url(far_side.url.clone())), &Memory::default()).await.expect_err("too large");
    assert!(matches!(error, FeedError::Unreachable { .. }) && error.to_string().contains("1 MB"), "{error}");
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

/// The later of two messages of one hour took the place of the first, and a day that only the first had was lost.
#[tokio::test]
async fn two_files_of_one_hour_are_joined_day_by_day_and_of_one_day_the_later_counts() {
    let dir = tempfile::tempdir().expect("a folder");
    let head = "某某市生态环境监测中心 2026年07月14日17时\n";
    let line = |day: u32, aqi: &str| format!("7月{day}日,空气质量为良,首要污染物为臭氧,AQI:{aqi}。\n");
    let save = |name: &str, hour: u64, lines: String| {
        let path = dir.path().join(name);
        std::fs::write(&path, format!("{head}{lines}")).expect("a file");
        let saved = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(495_000 + hour);
        std::fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(saved)).expect("a time");
    };
    // By their names the later one comes first.
    save("b.txt", 0, line(15, "60-90") + &line(16, "60-90"));
    save("a.txt", 1, line(16, "70-100") + &line(17, "60-90"));
    let pulled = pull(&bulletins(From::Folder(dir.path().to_owned())), &Memory::default()).await.expect("bulletins");
    let days: Vec<(String, i64)> =
        pulled.runs[1].days.iter().map(|o| (o.day.to_string(), o.aqi.expect("an index").high())).collect();
    let wanted = [("2026-07-15", 90), ("2026-07-16", 100), ("2026-07-17", 90)].map(|(day, aqi)| (day.to_owned(), aqi));
    assert_eq!((pulled.runs.len(), days), (2, wanted.to_vec()), "the newest is the last");
    assert_eq!(pulled.runs[0].days.len(), 3, "and what the first says has the day of the second");
    assert!(pulled.aside.is_empty());
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
}

/// The same as others do here: a command that counts how often it was called in a file beside the folder.
fn counting(dir: &Path, then: &str) -> Vec<String> {
    let script = format!("printf x >> '{}'; {then}", dir.join("calls").display());
    ["/bin/sh".to_owned(), "-c".to_owned(), script].to_vec()
}

fn calls(dir: &Path) -> usize {
    std::fs::read(dir.join("calls")).map_or(0, |calls| calls.len())
}

/// A scanned page was told anew at every pull, and its command run again: it is named once now, as a page that needs a
/// person, and not run again until it or the command is another one.
#[tokio::test]
async fn a_pdf_without_text_is_named_once_and_not_read_again_at_every_pull() {
    for (then, why) in [("exit 3", "bulletin.pdf_failed"), ("cat > /dev/null", "bulletin.pdf_empty")] {
        let dir = tempfile::tempdir().expect("a folder");
        let inbox = dir.path().join("inbox");
        std::fs::create_dir(&inbox).expect("a folder");
        put(&inbox, "0714.txt", BULLETIN).await;
        put(&inbox, "scan.pdf", "%PDF-1.7\nno text").await;
        let knowing =
            |then: &str| bulletins(From::Folder(inbox.clone())).knowing(None, Some(counting(dir.path(), then)));
        let unread = |pulled: &cuofeng_feed::Pulled| -> Vec<(String, String)> {
            let of_pdf = pulled.aside.iter().filter(|aside| aside.source == "inbox/scan.pdf");
            of_pdf.map(|aside| (aside.line.clone(), aside.why.key().to_owned())).collect()
        };
        let first = pull(&knowing(then), &Memory::default()).await.expect("the text all the same");
        let named = unread(&first);
        assert_eq!((named.len(), named[0].1.as_str(), calls(dir.path())), (1, why, 1));
        assert!(first.trouble.is_empty() && first.runs.len() == 1, "{:?}", first.trouble);
        assert!(pull(&knowing(then), &first.memory).await.expect("nothing new").unchanged);
        // Another file makes the folder be looked at again, the service having started anew.
        put(&inbox, "note.txt", "2026年07月14日9时\n7月16日,空气质量为良,AQI:60-90。").await;
        let second = pull(&knowing(then), &first.memory).await.expect("both texts");
        assert_eq!((unread(&second)[0].0.as_str(), calls(dir.path())), (named[0].0.as_str(), 1), "the same line");
        assert!(second.trouble.is_empty());
        // A mended command is tried.
        let mended = pull(&knowing("cat > /dev/null; exit 0 # mended"), &second.memory).await.expect("both texts");
        assert_eq!((calls(dir.path()), unread(&mended).len()), (2, 1));
    }
    // A command that is not there is the site's trouble, not the PDF's: it is told until it is mended.
    let dir = tempfile::tempdir().expect("a folder");
    put(dir.path(), "0714.txt", BULLETIN).await;
    put(dir.path(), "0714.pdf", "%PDF-1.7").await;
    let feed = bulletins(From::Folder(dir.path().to_owned()));
    let feed = feed.knowing(None, Some(vec!["/no/such/program".to_owned()]));
    for _ in 0..2 {
        let pulled = pull(&feed, &Memory::default()).await.expect("the text all the same");
        assert!(
            matches!(&pulled.trouble[..], [FeedError::Unreachable { cause, .. }] if cause.key() == "bulletin.pdf_failed")
        );
    }
}

/// Many PDFs took the time of the newest: the oldest were read first, each at every pull.
#[tokio::test]
async fn of_many_pdfs_the_newest_are_read_each_once_and_of_older_ones_is_told_in_one_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let inbox = dir.path().join("inbox");
    std::fs::create_dir(&inbox).expect("a folder");
    let text = |day: u32| format!("%PDF-1.7\n{}", BULLETIN.replace("07月14日17时", &format!("07月14日17时{day:02}分")));
    let save = |day: u32| {
        let path = inbox.join(format!("06{day:02}.pdf"));
        std::fs::write(&path, text(day)).expect("a file");
        let saved = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(24 * u64::from(20_000 + day));
        std::fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(saved)).expect("a time");
    };
    (1..=22).for_each(save);
    let command = counting(dir.path(), "tail -n +2");
    let feed = bulletins(From::Folder(inbox.clone())).knowing(None, Some(command));
    let first = pull(&feed, &Memory::default()).await.expect("bulletins");
    let older: Vec<&str> =
        first.aside.iter().filter(|a| a.why.key() == "bulletin.pdf_older").map(|a| a.line.as_str()).collect();
    assert_eq!((first.runs.len(), older, calls(dir.path())), (20, vec!["inbox"], 20), "in one line, not in hundreds");
    save(23);
    let second = pull(&feed, &first.memory).await.expect("bulletins");
    // What was read before is not named as unread now that it is the twenty-first.
    let named = second.aside.iter().filter(|a| a.source == "inbox/0603.pdf").count();
    assert_eq!((second.runs.len(), named, calls(dir.path())), (20, 0, 21), "only the new one is run");
    assert!(second.trouble.is_empty());
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

//! Villages' texts as audio: Debian's espeak-ng speaks, lame encodes, sox reads back.

use std::path::Path;
use std::process::Command;

use chrono::Utc;
use cuofeng_base::text::Lang;
use cuofeng_console::Console;
use cuofeng_office::clock::Clock;
use tokio_util::sync::CancellationToken;

use crate::far_side::{self, Answer, FarSide};
use crate::office::{self, letters, run, text};
use crate::village::Village;

const SPEAKS: &str = "voice = [\"espeak-ng\", \"-v\", \"cmn-latn-pinyin\", \"-s\", \"150\", \"--stdout\"]\n";

const ENCODES: &str = "mp3 = [\"lame\", \"--quiet\", \"-\", \"-\"]\n";

fn soxi(what: &str, file: &Path) -> String {
    let output = Command::new("soxi").arg(what).arg(file).output().expect("soxi");
    assert!(output.status.success(), "{}", text(&output));
    text(&output).trim().to_owned()
}

/// A site whose loudspeaker is asked by HTTP, with these lines under `[speech]`.
async fn site(device: &FarSide, holes: &str, speech: &str) -> Village {
    let channel = format!(
        "[channel.speaker_http]\nurl = \"{}/play?to={{address}}&order={{order}}&seconds={{seconds}}&{holes}\"\n\
         code = \"/code\"\nok = [\"0\"]\n[deliver]\nspeech = \"speaker_http\"\n\
         [console]\naddress = \"https://office.example.com/cf\"\n[speech]\n{speech}",
        device.url
    );
    Village::with(&channel, 0).await
}

fn played(device: &FarSide) -> Vec<far_side::Asked> {
    device.asked().into_iter().filter(|asked| asked.target.starts_with("/play")).collect()
}

/// What a device gets at an address below the site's.
async fn fetch(village: &Village, path: &str, later: chrono::Duration) -> (u16, String, Vec<u8>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (clock, _hand) = Clock::by_hand(Utc::now() + later);
    let pages = Console::listen(village.site.clone(), clock, Lang::Zh, "127.0.0.1:0".parse().expect("an address"));
    let pages = pages.await.expect("a free port");
    let (address, stop) = (pages.address().expect("an address"), CancellationToken::new());
    tokio::spawn(pages.serve(stop.clone()));
    let answer = reqwest::get(format!("http://{address}{path}")).await.expect("an answer");
    let kind = answer.headers().get("content-type").and_then(|k| k.to_str().ok()).unwrap_or("").to_owned();
    let got = (answer.status().as_u16(), kind, answer.bytes().await.expect("a body").to_vec());
    stop.cancel();
    got
}

#[tokio::test]
async fn a_device_fetches_the_text_as_audio_whose_length_rate_and_format_are_what_it_was_told() {
    for (encoder, ending, kind, coding) in [
        (ENCODES, "mp3", "audio/mpeg", "MPEG audio (layer I, II or III)"),
        ("", "wav", "audio/wav", "Signed Integer PCM"),
    ] {
        let device = FarSide::start(|_| Answer::ok("{\"code\":0}"));
        let village = site(&device, "audio={audio}", &format!("repeats = 1\n{SPEAKS}{encoder}")).await;
        village.text(3600).await;
        village.once(Utc::now());
        assert_eq!(village.state().await.0, "accepted");
        let asked = played(&device);
        let [only] = asked.as_slice() else { panic!("{asked:?}") };
        let url = only.parameter("audio").expect("an address").replace("%3A", ":").replace("%2F", "/");
        let path = url.strip_prefix("https://office.example.com/cf").expect("the site's address");
        assert!(path.starts_with("/audio/") && path.ends_with(ending), "{path}");
        let (status, came, bytes) = fetch(&village, path, chrono::Duration::zero()).await;
        assert_eq!((status, came.as_str()), (200, kind));
        let file = village.path().join(format!("fetched.{ending}"));
        std::fs::write(&file, bytes).expect("a file");
        let (length, told) = (soxi("-D", &file), only.parameter("seconds").expect("seconds"));
        let (length, told): (f64, f64) = (length.parse().expect("a length"), told.parse().expect("seconds"));
        assert!(length > 2.0 && length <= told + 0.2 && told - length < 1.1, "{length} s, told {told}");
        assert_eq!(
            (soxi("-r", &file).as_str(), soxi("-c", &file).as_str(), soxi("-e", &file).as_str()),
            ("22050", "1", coding)
        );

        // Nobody guesses an address, none opens anything else, and none outlives its text.
        let (code, end) = path.rsplit_once('.').expect("an ending");
        let letter = code.rsplit('/').next().expect("a code");
        let forged = if letter.ends_with('0') {
            format!("{}1", &code[..code.len() - 1])
        } else {
            format!("{}0", &code[..code.len() - 1])
        };
        let other = if end == "mp3" { "wav" } else { "mp3" };
        for wrong in [
            format!("{forged}.{end}"),
            format!("{code}.{other}"),
            code.to_owned(),
            format!("/n/{letter}"),
            "/audio/.mp3".to_owned(),
        ] {
            assert_eq!(fetch(&village, &wrong, chrono::Duration::zero()).await.0, 404, "{wrong}");
        }
        assert_eq!(fetch(&village, path, chrono::Duration::hours(2)).await.0, 404, "after its end");
    }
}

#[tokio::test]
async fn an_engine_that_fails_keeps_no_words_back_and_duty_staff_are_told_once() {
    let device = FarSide::start(|_| Answer::ok("{\"code\":0}"));
    let broken = "voice = [\"/bin/sh\", \"-c\", \"echo 没有声卡 >&2; exit 1\"]\n";
    let village = site(&device, "text={text}&audio={audio}", broken).await;
    std::fs::write(village.site.join("staff.csv"), "name,role,duty,email\n罗代泉,releaser,yes,staff02@example.com\n")
        .expect("a table");
    village.text(3600).await;
    for _ in 0..2 {
        village.once(Utc::now());
    }
    assert_eq!(village.state().await.0, "accepted", "the words went");
    let asked = played(&device);
    assert!(asked.len() == 1 && asked[0].parameter("audio") == Some(""), "{asked:?}");
    let told = || letters(&village.site).into_keys().filter(|name| name.starts_with("voice-")).count();
    assert_eq!(told(), 1, "{:?}", letters(&village.site).keys());

    // A loudspeaker that plays nothing but audio waits, and gets it when the engine works again.
    let file = village.site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let alone = source.replace("text={text}&audio", "audio");
    std::fs::write(&file, &alone).expect("the site file");
    let again = ["outbox", "resend", "1", "--by", "罗代泉", "--reason", "再试"];
    assert!(run(&again, &village.site).status.success());
    village.once(Utc::now());
    let (state, said) = village.state().await;
    assert!(state == "queued" && said.contains("没有声卡"), "{state} {said}");
    std::fs::write(&file, alone.replace(broken, SPEAKS)).expect("the site file");
    village.once(Utc::now() + chrono::Duration::minutes(20));
    assert_eq!(village.state().await.0, "accepted");
    assert_eq!(told(), 2, "and that it works again: {:?}", letters(&village.site).keys());
}

#[tokio::test]
async fn audio_of_a_text_that_people_read_out_can_be_taken_along() {
    let dir = office::folder();
    let site = office::example(dir.path());
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, format!("{source}\n[speech]\n{SPEAKS}{ENCODES}")).expect("the site file");
    assert!(run(&["once", "--now", "2026-09-16T20:00:00+08:00"], &site).status.success());
    let list = run(&["hand", "list", "--json", "--now", "2026-09-16T20:01:00+08:00"], &site);
    let list: serde_json::Value = serde_json::from_str(text(&list).trim()).expect("JSON");
    let number = list["letters"][0]["number"].to_string();
    let to = dir.path().join("a.mp3");
    let copied = run(&["hand", "audio", &number, "--to", to.to_str().expect("a path")], &site);
    assert!(copied.status.success(), "{}", text(&copied));
    let length: f64 = soxi("-D", &to).parse().expect("a length");
    assert!((20.0..120.0).contains(&length), "{length}");
    // No round binds whoever reads it out: the text holds as long as the day that it speaks of.
    assert_eq!(list["letters"][0]["expires_at"], "2026-09-19T00:00:00+08:00");
}

#[test]
fn a_template_that_wants_audio_where_there_is_none_is_refused() {
    let dir = office::folder();
    let site = office::example(dir.path());
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let channel = "\n[channel.speaker_http]\nurl = \"http://127.0.0.1:9/play?to={address}&audio={audio}\"\n\
                   code = \"/code\"\nok = [\"0\"]\n[deliver]\nspeech = \"speaker_http\"\n";
    let console = "[console]\naddress = \"https://office.example.com\"\n";
    for (more, fine) in [
        (String::new(), false),
        (format!("[speech]\n{SPEAKS}"), false),
        (console.to_owned(), false),
        (format!("{console}[speech]\n{SPEAKS}"), true),
        (format!("[console]\n[speech]\n{SPEAKS}audio_address = \"http://192.0.2.5:8420\"\n"), true),
    ] {
        std::fs::write(&file, format!("{source}{channel}{more}")).expect("the site file");
        let checked = run(&["check"], &site);
        assert_eq!(text(&checked).contains("没有录音可取"), !fine, "{more}: {}", text(&checked));
    }
}

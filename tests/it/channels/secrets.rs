//! Every secret of a site, used against far sides that repeat whatever they are sent, is looked for in all that the
//! program prints and stores.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_office::site::Site;
use cuofeng_store::Store;

use crate::fill;
use crate::office::{cuofeng, folder};

const MAIL: &str = "hushed mail+word/1";

const GATEWAY: &str = "hushed gateway+word/2";

const FIRES: &str = "hushedfireskey3";

const WEATHER: &str = "hushedweatherkey4";

/// A far side that answers every request with the whole of it, after `before`.
fn echo(before: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = stream.set_read_timeout(Some(Duration::from_millis(300)));
                let _ = stream.write_all(if before.is_empty() { b"220 ready\r\n" } else { b"" });
                let (mut sent, mut buffer) = (Vec::new(), vec![0; 65536]);
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    sent.extend_from_slice(&buffer[..read]);
                    let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
                    if before.is_empty() {
                        // SMTP: each line comes back as the reason of its refusal, but for the greeting and the login.
                        let said = if text.starts_with("EHLO") {
                            "250-fine\r\n250 AUTH PLAIN LOGIN\r\n".to_owned()
                        } else {
                            format!("535 not with {}\r\n", text.trim())
                        };
                        let _ = stream.write_all(said.as_bytes());
                    }
                }
                if !before.is_empty() {
                    let body = String::from_utf8_lossy(&sent);
                    let head =
                        format!("HTTP/1.1 {before}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
                    let _ = stream.write_all((head + &body).as_bytes());
                }
            });
        }
    });
    port
}

/// A secret as it may be written: as it is, for an address, for a form, in base 64 as SMTP has it.
fn spellings(secret: &str) -> Vec<String> {
    let url = secret.replace(' ', "%20").replace('+', "%2B").replace('/', "%2F");
    let plain = STANDARD.encode(format!("\0office\0{secret}"));
    let form = url.replace("%20", "+");
    vec![secret.to_owned(), url, form, STANDARD.encode(secret), plain]
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() { files(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

#[tokio::test]
async fn no_secret_is_printed_logged_or_stored_whatever_the_far_side_repeats() {
    let dir = folder();
    let (smtp, http, down) = (echo(""), echo("200 OK"), echo("500 Broken"));
    let site = fill::mail_site(dir.path(), smtp, "user = \"office\"\npassword_file = \"mail.secret\"");
    let file = site.join("cuofeng.toml");
    let text = std::fs::read_to_string(&file).expect("the site file");
    let more = format!(
        "sms = \"sms_http\"\n\n[channel.sms_http]\nurl = \"http://127.0.0.1:{http}/send?pass={{secret}}\"\n\
         format = \"form\"\nbody = \"to={{mobile}}&text={{text}}&pass={{secret}}\"\nheaders = {{ x-pass = \"{{secret}}\" }}\n\
         secret_file = \"gateway.secret\"\ncode = \"word 1\"\nok = [\"0\"]\n\n\
         [[feed]]\nname = \"fires\"\nkind = \"firms\"\nurl = \"http://127.0.0.1:{down}\"\nkey_env = \"FIRES_KEY\"\n\n\
         [[feed]]\nname = \"smoke\"\nkind = \"firms\"\nurl = \"http://127.0.0.1:{http}\"\nkey_env = \"FIRES_KEY\"\n\n\
         [[feed]]\nname = \"weather\"\nkind = \"open_meteo\"\nair_url = \"http://127.0.0.1:{http}\"\n\
         weather_url = \"http://127.0.0.1:{down}\"\nkey_env = \"WEATHER_KEY\"\n"
    );
    // Weather and hot spots are asked for by place.
    let text = text.replace("name = \"武平镇\"\n", "name = \"武平镇\"\nlatitude = 29.5\nlongitude = 106.4\n");
    std::fs::write(&file, text + &more).expect("the site file");
    std::fs::write(site.join("mail.secret"), MAIL).expect("a secret");
    std::fs::write(site.join("gateway.secret"), GATEWAY).expect("a secret");
    let (read, problems) = Site::read(&site);
    let config = read.unwrap_or_else(|| panic!("{problems:?}")).config;
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    fill::fill(&store, &config, 3, &[Form::Email, Form::Sms], Utc::now()).await;
    store.close().await;

    let mut printed = Vec::new();
    for args in [
        &["check"][..],
        &["check", "--json"],
        &["once", "--json"],
        &["once"],
        &["outbox", "list", "--json"],
        &["notices", "list", "--json"],
        &["runs", "--json"],
    ] {
        let mut command = cuofeng();
        command.args(args).arg("--site").arg(&site);
        command.env("CUOFENG_LOG", "trace").env("FIRES_KEY", FIRES).env("WEATHER_KEY", WEATHER);
        let output = command.output().expect("the program");
        printed.push((args.join(" "), [output.stdout, output.stderr].concat()));
    }
    // They were really used: the far sides refused both letters and both feeds.
    let all: Vec<u8> = printed.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
    let all = String::from_utf8_lossy(&all);
    for trace in ["not with", "x-pass", "fires", "weather"] {
        assert!(all.contains(trace), "{trace}: {all}");
    }
    let mut found = Vec::new();
    files(&site, &mut found);
    let kept = found.iter().filter(|path| path.extension().is_none_or(|ending| ending != "secret"));
    let stored = kept.map(|path| (path.display().to_string(), std::fs::read(path).expect("a file")));
    for (place, bytes) in printed.into_iter().chain(stored) {
        let text = String::from_utf8_lossy(&bytes);
        for secret in [MAIL, GATEWAY, FIRES, WEATHER].iter().flat_map(|secret| spellings(secret)) {
            let at = text.find(&secret);
            let near =
                at.map(|at| text[..at].chars().rev().take(120).collect::<String>().chars().rev().collect::<String>());
            assert!(at.is_none(), "{place} holds {secret} behind {near:?}");
        }
    }
}

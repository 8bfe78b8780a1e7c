//! The pages that people open from a letter, as a browser, a mail scanner and a stranger meet them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::desk::Desk;
use crate::office::{self, EPISODE, MORNING, RULE, folder, letters, ruled, run, text};

/// The example site whose ozone rule wants a person's consent and whose recipients can reach its pages.
fn site(dir: &Path, at_deadline: &str) -> PathBuf {
    let deadline = format!("deadline_hours = 1\nat_deadline = \"{at_deadline}\"");
    let site = ruled(dir, &RULE.replace("deadline_hours = 2", &deadline));
    let file = std::fs::read_to_string(site.join("cuofeng.toml")).expect("the site file");
    std::fs::write(site.join("cuofeng.toml"), file + "\n[console]\naddress = \"https://office.example.com/cf/\"\n")
        .expect("the site file");
    site
}

/// The codes in the texts that asked for a release: of the releaser's SMS, and of the mail.
fn codes(site: &Path) -> Vec<String> {
    let sms: Vec<String> = letters(site)
        .into_iter()
        .filter(|(n, _)| n.contains(".draft.") && n.ends_with(".sms.txt"))
        .map(|l| l.1)
        .collect();
    let mails = office::mails(site);
    let of = |text: &str| {
        let after = text.split("https://office.example.com/cf/n/").skip(1);
        after.map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect()).collect()
    };
    let mut codes: Vec<String> = of(&sms.concat());
    codes.extend::<Vec<String>>(of(&mails));
    codes
}

fn told(site: &Path) -> bool {
    assert!(run(&["once", "--now", "2026-09-12T08:20:00+08:00"], site).status.success());
    letters(site).keys().any(|name| name.contains(".raise.enterprise-"))
}

#[tokio::test]
async fn a_releaser_reads_a_draft_on_a_telephone_and_releases_it() {
    let dir = folder();
    let site = site(dir.path(), "drop");
    assert!(run(&MORNING, &site).status.success());
    let codes = codes(&site);
    assert_eq!(codes.len(), 2, "one in the SMS, one in the mail: {codes:?}");
    assert_ne!(codes[0], codes[1], "each letter has its own");
    let desk = Desk::open(&site).await;
    // A mail scanner opens every link, more than once.
    for _ in 0..3 {
        let (status, page) = desk.get(&codes[1]).await;
        assert_eq!(status, 200);
        for said in ["请放行：臭氧错峰生产提示", "喷涂", "100****", "到期后作废"] {
            assert!(page.contains(said), "{said}: {page}");
        }
        assert!(!page.contains("<script") && !page.contains('\u{e000}'), "{page}");
    }
    assert!(!told(&site), "looking at it releases nothing");
    let (_, refused) = desk.post(&codes[0], "action=reject&number=1&reason=").await;
    assert!(refused.contains("请写明理由"), "{refused}");
    let (status, done) = desk.post(&codes[0], "action=approve&number=1").await;
    assert!(status == 200 && done.contains("已放行"), "{done}");
    let (_, again) = desk.post(&codes[1], "action=reject&number=1&reason=x").await;
    assert!(again.contains("已放行") && again.contains("罗代泉"), "a settled draft says so: {again}");
    assert!(told(&site), "and it goes out");
    let history = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(history.contains("已放行，罗代泉"), "under the name of the one whose link it was: {history}");
}

#[tokio::test]
async fn a_forged_foreign_or_expired_code_says_and_does_nothing() {
    let dir = folder();
    let site = site(dir.path(), "drop");
    assert!(run(&MORNING, &site).status.success());
    let code = codes(&site).remove(0);
    let desk = Desk::open(&site).await;
    let (number, proof) = code.split_once('-').expect("two parts");
    let forged = format!("{number}-{}", proof.chars().rev().collect::<String>());
    let foreign = format!("{number}1-{proof}");
    let (_, nothing) = desk.get("nothing").await;
    for wrong in [forged.as_str(), &foreign, "..%2f..", "1-0000000000000000", &code.to_uppercase()] {
        let shown = desk.get(wrong).await;
        assert_eq!(shown, (404, nothing.clone()), "{wrong}: the same page whatever is wrong");
        assert_eq!(desk.post(wrong, "action=approve&number=1").await, (404, nothing.clone()), "{wrong}");
    }
    let (status, _) = desk.post(&code, "action=approve&number=2").await;
    assert_eq!(status, 200, "another revision than the one shown is not released");
    assert!(!told(&site));
    desk.hand.step(Duration::from_hours(24 * 9));
    assert_eq!(desk.get(&code).await, (404, nothing), "what has ended opens nothing");
}

#[tokio::test]
async fn a_draft_that_is_held_back_waits_beyond_its_deadline_for_a_person() {
    let dir = folder();
    let site = site(dir.path(), "release");
    assert!(run(&MORNING, &site).status.success());
    let code = codes(&site).remove(0);
    let desk = Desk::open(&site).await;
    let (_, held) =
        desk.post(&code, "action=hold&number=1&reason=%E7%AD%89%E5%8C%BA%E9%87%8C%E7%9A%84%E9%80%9A%E7%9F%A5").await;
    assert!(held.contains("已暂缓"), "{held}");
    assert!(run(&["once", "--now", "2026-09-12T09:30:00+08:00"], &site).status.success());
    let sent = |site: &Path| letters(site).keys().any(|name| name.contains(".raise.enterprise-"));
    assert!(!sent(&site), "its default at the deadline was to go out; held back it does not");
    let listed = text(&run(&["warnings", "list"], &site));
    assert!(listed.contains("罗代泉") && listed.contains("暂缓：等区里的通知"), "{listed}");
    // Nothing is left of it once its hours are past and no forecast brings new ones.
    assert!(run(&["once", "--now", "2026-09-30T09:30:00+08:00"], &site).status.success());
    assert!(!sent(&site));
    let history = text(&run(&["warnings", "show", EPISODE], &site));
    assert!(!history.contains("〔等待放行〕"), "and it does not wait for ever: {history}");
}

#[tokio::test]
async fn without_an_address_that_others_can_reach_no_text_carries_a_link() {
    let dir = folder();
    let site = site(dir.path(), "drop");
    let file = std::fs::read_to_string(site.join("cuofeng.toml")).expect("the site file");
    let file = file.split("[console]").next().expect("a part").to_owned();
    std::fs::write(site.join("cuofeng.toml"), file).expect("the site file");
    assert!(run(&MORNING, &site).status.success());
    let all: String = letters(&site).into_values().collect::<String>() + &office::mails(&site);
    assert!(all.contains("放行") && !all.contains("https://") && !all.contains('\u{e000}'), "{all}");
}

/// The site whose ozone notices ask for an answer, told; with the codes of the enterprises' short messages.
fn asking(dir: &Path) -> (PathBuf, Vec<String>) {
    let site = site(dir, "drop");
    let path = site.join("rules/ozone.toml");
    let rule = std::fs::read_to_string(&path).expect("the rule");
    let asks = rule
        .replace("release = \"approval\"\n", "release = \"auto\"\n")
        .replace("template = \"ozone/enterprise\"\n", "template = \"ozone/enterprise\"\nask_hours = 2\n");
    let asks = asks.replace("deadline_hours = 1\n", "").replace("at_deadline = \"drop\"\n", "");
    std::fs::write(&path, asks).expect("the rule");
    assert!(run(&MORNING, &site).status.success());
    let sms = letters(&site);
    let code_of = |(name, body): (&String, &String)| {
        let rest = body.split("https://office.example.com/cf/n/").nth(1)?;
        let code: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        (name.contains(".enterprise-") && name.ends_with(".sms.txt")).then_some(code)
    };
    let codes: Vec<String> = sms.iter().filter_map(code_of).collect();
    assert!(codes.len() > 1, "{sms:?}");
    (site, codes)
}

/// What was answered so far, in the order of the notices.
fn said(site: &Path) -> Vec<String> {
    let list = run(&["ack", "list", "--json", "--now", "2026-09-12T08:30:00+08:00"], site);
    let list: serde_json::Value = serde_json::from_str(text(&list).trim()).expect("one JSON object");
    let asked = list["asked"].as_array().expect("a list").clone();
    asked.iter().filter_map(|one| one["said"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn a_recipient_answers_on_the_page_of_the_notice_and_only_by_its_buttons() {
    let dir = folder();
    let (site, codes) = asking(dir.path());
    let desk = Desk::open(&site).await;
    let said = || said(&site);
    for _ in 0..2 {
        let (status, page) = desk.get(&codes[0]).await;
        assert_eq!(status, 200, "{page}");
        for shown in ["已知晓", "已执行", "无法执行", "本页"] {
            assert!(page.contains(shown), "{shown}: {page}");
        }
        assert!(!page.contains("<script") && !page.contains('\u{e000}'), "{page}");
    }
    assert!(said().is_empty(), "looking at it answers nothing");
    let (_, why) = desk.post(&codes[0], "action=unable&reason=+").await;
    assert!(why.contains("请写明原因"), "{why}");
    assert_eq!(desk.post(&codes[0], "action=approve&number=1").await.0, 404, "nothing else can be asked for");
    assert!(said().is_empty());
    let (status, done) = desk.post(&codes[0], "action=unable&reason=%E7%AA%91%E7%82%89").await;
    assert!(status == 200 && done.contains("无法执行"), "{done}");
    assert_eq!(said(), ["unable"]);
    let (_, again) = desk.get(&codes[0]).await;
    assert!(again.contains("已签收：无法执行"), "{again}");
    desk.post(&codes[0], "action=done").await;
    assert_eq!(said(), ["done"], "the last word holds, for this recipient alone");
    desk.hand.step(Duration::from_hours(24 * 9));
    assert_eq!(desk.get(&codes[0]).await.0, 404, "what has ended opens nothing");
}

#[tokio::test]
async fn a_forged_foreign_or_used_up_code_answers_nothing_and_says_nothing() {
    let (dir, elsewhere) = (folder(), folder());
    let (site, codes) = asking(dir.path());
    let (_, others) = asking(elsewhere.path());
    let desk = Desk::open(&site).await;
    let (_, nothing) = desk.get("nothing").await;
    let (number, proof) = codes[0].split_once('-').expect("two parts");
    let (other_number, other_proof) = codes[1].split_once('-').expect("two parts");
    let swapped = [format!("{number}-{other_proof}"), format!("{other_number}-{proof}")];
    let mut guesses: Vec<String> = (0..50).map(|n| format!("{number}-{n:0>16}")).collect();
    guesses.extend(swapped);
    // Another site's code for the letter of the same number.
    guesses.extend(others.iter().filter(|code| !codes.contains(code)).cloned());
    assert!(guesses.len() > 52, "each site has keys of its own");
    for wrong in &guesses {
        assert_eq!(desk.get(wrong).await, (404, nothing.clone()), "{wrong}");
        assert_eq!(desk.post(wrong, "action=known").await, (404, nothing.clone()), "{wrong}");
    }
    // Scanners and previews: every verb but POST, as often as they like.
    for _ in 0..3 {
        let url = desk.url(&codes[0]);
        assert!(desk.client.head(&url).send().await.expect("an answer").status().is_success());
        assert_eq!(desk.client.put(&url).send().await.expect("an answer").status().as_u16(), 405);
        assert_eq!(desk.client.delete(&url).send().await.expect("an answer").status().as_u16(), 405);
        assert_eq!(desk.get(&codes[0]).await.0, 200);
    }
    assert!(said(&site).is_empty(), "nobody has answered");
    assert_eq!(desk.post(&codes[1], "action=known").await.0, 200);
    assert_eq!(said(&site), ["known"], "the letter's own recipient and no other");
    // Once its notice is lifted, the code answers nothing any more, however often it is used.
    let lift =
        ["warnings", "lift", EPISODE, "--by", "罗代泉", "--reason", "转雨", "--now", "2026-09-12T08:20:00+08:00"];
    let lifted = run(&lift, &site);
    assert!(lifted.status.success(), "{}", text(&lifted));
    for _ in 0..2 {
        let (status, page) = desk.post(&codes[0], "action=done").await;
        assert!(status == 200 && page.contains("已被替换或解除"), "{page}");
    }
    assert_eq!(said(&site), ["known"]);
}

#[tokio::test]
async fn duty_staff_decide_on_an_enterprise_that_can_not_by_the_buttons_of_its_page() {
    let dir = folder();
    let (site, codes) = asking(dir.path());
    let desk = Desk::open(&site).await;
    let reason = "%E5%AE%A2%E6%88%B7%E6%80%A5%E7%94%A8"; // 客户急用
    assert_eq!(desk.post(&codes[0], &format!("action=unable&reason={reason}")).await.0, 200);
    assert!(run(&["once", "--now", "2026-09-12T08:15:00+08:00"], &site).status.success());
    let alarm = letters(&site).into_iter().find(|(name, _)| name.starts_with("unable-") && name.ends_with(".sms.txt"));
    let (_, words) = alarm.expect("an alarm");
    assert!(words.contains("客户急用"), "{words}");
    let rest = words.split("https://office.example.com/cf/n/").nth(1).expect("a link");
    let code: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let waiting = || {
        let list = run(&["ack", "unable", "--json", "--now", "2026-09-12T08:20:00+08:00"], &site);
        let list: serde_json::Value = serde_json::from_str(text(&list).trim()).expect("one JSON object");
        list["answers"].as_array().expect("a list").clone()
    };
    let number = waiting()[0]["number"].to_string();
    for _ in 0..2 {
        let (status, page) = desk.get(&code).await;
        assert!(status == 200 && page.contains("客户急用") && page.contains("不同意"), "{page}");
    }
    assert_eq!(waiting().len(), 1, "looking at it decides nothing");
    let (_, why) = desk.post(&code, &format!("action=refuse&letter={number}&reason=")).await;
    assert!(why.contains("请写明理由"), "{why}");
    let (_, other) = desk.post(&code, "action=grant&letter=999&reason=").await;
    assert!(other.contains("已有决定"), "another answer's number: {other}");
    assert_eq!(waiting().len(), 1);
    let (_, done) = desk.post(&code, &format!("action=grant&letter={number}&reason=")).await;
    assert!(done.contains("已同意"), "{done}");
    assert!(waiting().is_empty());
    let (_, again) = desk.get(&code).await;
    assert!(again.contains("已有决定"), "{again}");
}

#[tokio::test]
async fn of_two_who_press_a_button_at_the_same_moment_the_second_sees_who_was_first() {
    let dir = folder();
    let site = site(dir.path(), "drop");
    let staff = std::fs::read_to_string(site.join("staff.csv")).expect("a table");
    std::fs::write(site.join("staff.csv"), staff.replace("田天禄,releaser,,", "田天禄,releaser,yes,"))
        .expect("a table");
    assert!(run(&MORNING, &site).status.success());
    let codes = codes(&site);
    let desk = Desk::open(&site).await;
    let pages: Vec<String> = {
        let mut all = Vec::new();
        for code in &codes {
            all.push(desk.get(code).await.1);
        }
        all
    };
    assert!(codes.len() == 4 && pages.iter().all(|page| page.contains("请放行")), "two releasers, two letters each");
    let store = cuofeng_store::Store::open(&cuofeng_office::site::Site::database(&site)).await.expect("a database");
    let hold = store.begin().await.expect("the writers' lock");
    let pressing = async {
        let press = codes.iter().map(|code| desk.post(code, "action=approve&number=1"));
        futures_util::future::join_all(press).await
    };
    let (answers, ()) = futures_util::future::join(pressing, async {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        hold.rollback().await.expect("the lock given back");
    })
    .await;
    let done = answers.iter().filter(|(_, page)| page.contains("份通知进入发件箱")).count();
    let late = answers.iter().filter(|(_, page)| page.contains("已先处理") && page.contains("已放行")).count();
    assert!(answers.iter().all(|(status, _)| *status == 200) && (done, late) == (1, 3), "{answers:?}");
    assert!(answers.iter().all(|(_, page)| !page.contains("<button") || page.contains("份通知")), "nothing to press");
    assert!(told(&site));
}

/// Status, headers and page of an answer to bytes as they are.
fn raw(desk: &Desk, request: &[u8]) -> (u16, String, String) {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(desk.address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
    // What is too large may be refused before it is all there.
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, page) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, head.to_lowercase(), page.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_a_page_in_our_words_with_our_headers() {
    let dir = folder();
    let site = site(dir.path(), "drop");
    assert!(run(&MORNING, &site).status.success());
    let code = codes(&site).remove(0);
    let desk = Desk::open(&site).await;
    let request = |line: &str, more: &str| format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let cases = [
        (request("GET /", ""), 404, "没有这个页面"),
        (request("GET /n/%ff%fe", ""), 404, "没有这个页面"),
        (request("GET /audio/%ff", ""), 404, "没有这个页面"),
        (request("POST /push/aliyun/%ff/report", "Content-Length: 0\r\n"), 404, "没有这个页面"),
        (request(&format!("DELETE /n/{code}"), ""), 405, "不接受这种请求"),
        (request("GET /push/aliyun/x/report", ""), 405, "不接受这种请求"),
        (request("POST /audio/x.mp3", "Content-Length: 0\r\n"), 405, "不接受这种请求"),
        (request(&format!("GET /n/{}", "x".repeat(3000)), ""), 414, "太长"),
        (request("GET /", &format!("X-Long: {}\r\n", "x".repeat(10_000))), 431, "太长"),
        (request(&format!("POST /n/{code}"), "Content-Length: 2\r\n") + "{}", 415, "格式不对"),
        (request(&format!("POST /n/{code}"), &format!("{form}Content-Length: 3\r\n")) + "a=b", 422, "格式不对"),
        (
            request(&format!("POST /n/{code}"), &format!("{form}Content-Length: 20000\r\n")) + &"a".repeat(20_000),
            413,
            "太长",
        ),
    ];
    for (request, status, words) in cases {
        let shown = request.chars().take(60).collect::<String>();
        let asked = request.clone();
        let (got, head, page) = tokio::task::block_in_place(|| raw(&desk, asked.as_bytes()));
        assert!(got == status && page.contains(words), "{shown}: {got} instead of {status}: {head}\n{page}");
        for header in ["cache-control: no-store", "content-security-policy: ", "referrer-policy: no-referrer"] {
            assert!(head.contains(header), "{shown}: {head}");
        }
        assert!(head.contains("text/html; charset=utf-8") && !page.contains("Failed to"), "{shown}: {page}");
    }
    // A head that is larger than is read, and what is no HTTP: the library answers without a page, and ends it.
    let huge = request("GET /", &format!("X-Long: {}\r\n", "x".repeat(100_000)));
    for (request, status) in [(huge.as_bytes(), 431), (b"no such thing\r\n\r\n", 400)] {
        let (got, ..) = tokio::task::block_in_place(|| raw(&desk, request));
        assert_eq!(got, status);
    }
}

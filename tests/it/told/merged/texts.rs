//! The texts of such a message and its pages.

use serde_json::Value;

use super::{DUST, OZONE, json, site, sms_to_e038};
use crate::desk::Desk;
use crate::office::{MORNING, folder, letters, mails, run, text};
use crate::providers::{Providers, approve, by_aliyun};

#[test]
fn words_of_the_merged_message_that_nobody_has_released_are_not_sent_and_nothing_waits_for_them() {
    let dir = folder();
    let site = site(dir.path(), "");
    // The site begins with its own words, which counts as their release.
    run(&["once", "--now", "2026-09-11T08:00:00+08:00"], &site);
    std::fs::create_dir_all(site.join("templates/zh/merged")).expect("a folder");
    let own = "【{{ sign }}】{{ to.name }}：{% for item in items %}{{ item.title }}{{ item.asks }}{% endfor %}\n";
    std::fs::write(site.join("templates/zh/merged/person.sms.txt"), own).expect("a template");
    for file in std::fs::read_dir(site.join("out")).into_iter().flatten().flatten() {
        let _ = std::fs::remove_file(file.path());
    }
    let said = text(&run(&MORNING, &site));
    let sms = letters(&site).into_keys().filter(|name| name.contains("E038.sms")).count();
    assert_eq!(sms, 2, "{said}");
    let words = text(&run(&["warnings", "wording"], &site));
    assert!(words.contains("merged/person.sms.txt"), "{words}");
}

#[test]
fn check_names_what_is_wrong_with_the_templates_of_merged_messages() {
    for (path, words, named) in [
        ("merged/person.sms.txt", "【{{ sign }}】{{ nothing }}", "person.sms.txt"),
        ("merged/person.email.txt", "{{ bodies", "person.email.txt"),
        ("ozone/enterprise.gist.txt", "红色预警", "enterprise.gist.txt"),
    ] {
        let dir = folder();
        let site = site(dir.path(), "");
        let file = site.join("templates/zh").join(path);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, words).expect("a template");
        let check = run(&["check"], &site);
        assert!(!check.status.success() && text(&check).contains(named), "{path}: {}", text(&check));
    }
    let dir = folder();
    let site = site(dir.path(), "");
    let shown = text(&run(&["notices", "preview", "merged/person"], &site));
    assert!(shown.contains("共3项") && shown.contains("第 3 项") || shown.contains("第 2 项"), "{shown}");
}

/// The codes of links in a text.
fn codes(text: &str) -> Vec<String> {
    let after = text.split("https://office.example.com/cf/n/").skip(1);
    after.map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect()).collect()
}

#[tokio::test]
async fn every_notice_of_a_message_has_a_page_that_is_reached_from_the_others() {
    let dir = folder();
    let site = site(dir.path(), "\n[console]\naddress = \"https://office.example.com/cf/\"\n");
    run(&MORNING, &site);
    let sms = sms_to_e038(&site).remove(0);
    let of_sms = codes(&sms);
    assert_eq!(of_sms.len(), 1, "one link, as short as can be: {sms}");
    let mail = letters(&site).into_iter().find(|(name, _)| name.contains("E038") && name.contains(".eml"));
    let read = "import email,sys\nfrom email import policy\n\
        m=email.message_from_binary_file(sys.stdin.buffer,policy=policy.default)\n\
        print(m.get_body(('plain',)).get_content())\n";
    let path = site.join("out").join(mail.expect("a mail").0);
    let file = std::fs::File::open(path).expect("the mail");
    let read = std::process::Command::new("/usr/bin/python3").args(["-c", read]).stdin(file).output().expect("python3");
    let of_mail = codes(&text(&read));
    assert_eq!(of_mail.len(), 2, "each its own: {}", text(&read));

    let desk = Desk::open(&site).await;
    let (status, page) = desk.get(&of_sms[0]).await;
    assert!(status == 200 && page.contains("臭氧错峰") && page.contains("同一条消息里还有"), "{page}");
    let other = page.split("href=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a link").to_owned();
    let (status, page) = desk.get(&other).await;
    assert!(status == 200 && page.contains("扬尘污染提示"), "{page}");
    let (status, page) = desk.post(&of_sms[0], "action=done").await;
    assert!(status == 200 && page.contains(&other), "what is left to answer is named: {page}");
    let has =
        |notice| json(&site, &["notices", "show", "--json", notice])["letters"][0]["acknowledged"]["said"].clone();
    assert_eq!([has(OZONE), has(DUST)], [Value::from("done"), Value::Null], "each is answered by itself");
    let (status, _) = desk.post(&of_mail[1], "action=known").await;
    assert_eq!((status, has(DUST)), (200, Value::from("known")), "the second link of the mail is the second notice's");
}

#[test]
fn an_exercises_message_is_marked_once_in_front() {
    let dir = folder();
    let site = site(dir.path(), "\n[exercise]\nto = [\"10000000149\", \"e038@example.com\"]\n");
    let mode = ["mode", "set", "exercise", "--by", "罗代泉", "--reason", "演练", "--now", "2026-09-12T07:50:00+08:00"];
    assert!(run(&mode, &site).status.success());
    run(&MORNING, &site);
    let sms = sms_to_e038(&site);
    assert!(sms.len() == 1 && sms[0].contains("】（演练）大田坝") && sms[0].contains("共2项"), "{sms:?}");
    let all = mails(&site);
    assert!(all.contains("【演练】共2项：武平镇"), "{all}");
    assert!(all.contains("（演练，无需采取行动）"), "{all}");
}

#[test]
fn what_the_provider_has_approved_goes_as_one_message_and_else_as_two() {
    // Whether the texts that carry several notices are approved, and how many messages the filling station gets.
    for (approved, count) in [(true, 1), (false, 2)] {
        let dir = folder();
        let site = site(dir.path(), "");
        by_aliyun(&site, "http://127.0.0.1:9");
        approve(&site, |words| approved || !words.contains("共2项") && !words.contains("共3项"));
        let providers = Providers::approving(dir.path(), Some(&site.join("sms-templates.toml")));
        let file = site.join("cuofeng.toml");
        let source = std::fs::read_to_string(&file).expect("the site file");
        std::fs::write(&file, source.replace("http://127.0.0.1:9", &providers.url)).expect("the site file");
        let check = text(&run(&["check"], &site));
        assert_eq!(check.contains("逐条发送"), !approved, "{check}");
        let said = text(&run(&MORNING, &site));
        let taken = providers.taken();
        let to = |number: &str| -> Vec<String> {
            let own = taken.iter().filter(|m| m["number"].as_str().is_some_and(|n| n.ends_with(number)));
            own.filter_map(|m| Some(m["text"].as_str()?.to_owned())).collect()
        };
        let station = to("10000000129");
        assert_eq!(station.len(), count, "{said}\n{taken:?}");
        assert_eq!(station[0].contains("共2项"), approved, "{station:?}");
        // What is to be moved has no room beside another notice: the message says where it stands.
        let paint = to("10000000149");
        assert!(paint.len() == count && paint[0].contains("共2项") == approved, "{paint:?}");
    }
}

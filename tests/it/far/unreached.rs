//! Whoever was not reached is told of, whatever the cause and with no other way set: on the list of those who are
//! called, in one alarm, in the report.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::far_side::{Answer, FarSide};
use crate::office::{by_itself, call, example, folder, letters, mails, ruled, run, text};
use crate::recorder::Recorder;

/// Three paint shops: one whose mail is dead, one without any address, one that is fine; mail goes through `port`.
fn site(dir: &Path, port: u16, more: &str) -> PathBuf {
    let rule = by_itself().replace("template = \"ozone/enterprise\"", "template = \"ozone/enterprise\"\nask_hours = 4");
    let site = ruled(dir, &rule);
    let rows = "id,name,sector,village,contact,mobile,email\n\
                E1,甲汽修厂,auto_paint,500199001204,甲某,,dead@example.com\n\
                E2,乙汽修厂,auto_paint,500199001204,乙某,,\n\
                E3,丙汽修厂,auto_paint,500199001204,丙某,,fine@example.com\n";
    std::fs::write(site.join("enterprises.csv"), rows).expect("a table");
    let processes = std::fs::read_to_string(site.join("processes.csv")).expect("a table");
    let head = processes.lines().next().expect("a head").to_owned();
    let row = |id: &str| format!("P{id},{id},喷漆房喷涂,spray,interruptible,6,,,1,1,2.8,0,2.0,24,30,50,06-22,09-18\n");
    std::fs::write(site.join("processes.csv"), format!("{head}\n{}{}{}", row("E1"), row("E2"), row("E3")))
        .expect("a table");
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    let mail = format!(
        "\n[channel.email]\nhost = \"127.0.0.1\"\nport = {port}\nsecurity = \"plain\"\nfrom = \"办公室 <office@example.com>\"\n\
         {more}\n[deliver]\nemail = \"email\"\n"
    );
    std::fs::write(&file, source + &mail).expect("the site file");
    site
}

fn once(site: &Path, time: &str) {
    let output = call(site, &["once"], time);
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", text(&output));
}

/// Who is on the list of those who are called, and why.
fn calls(site: &Path, time: &str) -> Vec<(String, String)> {
    let list = call(site, &["escalation", "list", "--json"], time);
    let list: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    let word = |call: &Value, field: &str| call[field].as_str().expect("a word").to_owned();
    list["calls"].as_array().expect("a list").iter().map(|call| (word(call, "name"), word(call, "why"))).collect()
}

/// What duty staff were told by short message of an alarm's kind.
fn alarms(site: &Path, kind: &str) -> Vec<String> {
    let of = |name: &String| name.starts_with(kind) && name.ends_with(".sms.txt") && name.contains(".raise.");
    letters(site).into_iter().filter(|(name, _)| of(name)).map(|(_, words)| words).collect()
}

/// What duty staff were told of those who came to an alarm that stood.
fn more(site: &Path) -> Vec<String> {
    let of = |name: &String| name.starts_with("ways-") && name.ends_with(".sms.txt") && name.contains(".update.");
    letters(site).into_iter().filter(|(name, _)| of(name)).map(|(_, words)| words).collect()
}

/// Subjects and words of the mails that a server took.
fn sent(server: &Recorder) -> String {
    let mails = server.mails();
    let read = |text: &str| {
        let mail = mail_parser::MessageParser::default().parse(text.as_bytes())?;
        Some(format!("{}\n{}\n", mail.subject()?, mail.body_text(0)?))
    };
    mails.iter().filter_map(|mail| read(&mail.text)).collect()
}

fn called(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(name, why)| ((*name).to_owned(), (*why).to_owned())).collect()
}

#[test]
fn dead_mail_and_no_address_at_all_stand_on_the_phone_list_in_one_alarm_and_in_the_report() {
    let server =
        Recorder::odd(|line, _| line.contains("dead@example.com").then_some(("550 5.1.1 user unknown", false)));
    let dir = folder();
    let site = site(dir.path(), server.port, "");
    once(&site, "12T08:00");
    assert_eq!(calls(&site, "12T08:01"), called(&[("甲汽修厂", "邮件：没有这个邮箱")]), "at once");
    let told = alarms(&site, "ways-");
    assert!(told.iter().all(|words| words.contains("甲汽修厂")) && told.len() == 2, "both on duty: {told:?}");
    let words = "值班事项（有人没有通知到）：请在9月12日10:00前打电话：没有通知到 1 个";
    assert!(told.iter().all(|told| told.contains(words)), "{told:?}");
    // The hours begin at ten: an hour before that it is time to call whom nobody has spoken to.
    once(&site, "12T09:10");
    let both = called(&[("乙汽修厂", "人工转达：还没有登记"), ("甲汽修厂", "邮件：没有这个邮箱")]);
    let mut listed = calls(&site, "12T09:10");
    listed.sort();
    assert_eq!(listed, both);
    assert_eq!(alarms(&site, "ways-").len(), 2, "one alarm an episode");
    let more = more(&site);
    assert!(more.len() == 2, "both on duty: {more:?}");
    assert!(more.iter().all(|words| words.contains("乙汽修厂") && !words.contains("甲汽修厂")), "{more:?}");
    assert!(
        more.iter().all(|words| words.contains("（有人可能没有通知到）：请在9月12日10:00前打电话：不能确定收到 1 个")),
        "{more:?}"
    );
    once(&site, "12T09:50");
    once(&site, "12T10:40");
    assert_eq!(self::more(&site).len(), 2, "nobody twice for the same revision");
    let list = text(&run(&["outbox", "list", "--no-way-left"], &site));
    assert!(list.contains("甲汽修厂") && !list.contains("丙汽修厂"), "{list}");
    // By hand: told at first with the hour by which it is due, and before that hour in the one alarm about calls.
    let hand = alarms(&site, "hand-");
    assert_eq!(hand.len(), 2, "both on duty, once: {hand:?}");
    assert!(hand.iter().all(|words| words.contains("9月12日10:00前转达1份（乙汽修厂）")), "{hand:?}");
    // Nobody is asked again at the dead address.
    once(&site, "12T13:00");
    let notices = notices(&site);
    let asks = |id: &str| notices.iter().any(|key| key.contains(&format!("enterprise-{id}.reminder")));
    assert!(asks("E3") && !asks("E1"), "{notices:?}");
}

/// The notices that letters belong to.
fn notices(site: &Path) -> Vec<String> {
    let list = run(&["outbox", "list", "--json", "--limit", "500"], site);
    let list: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    let letters = list["letters"].as_array().expect("letters").iter();
    letters.filter_map(|letter| letter["notice"].as_str()).map(str::to_owned).collect()
}

#[test]
fn the_list_of_calls_is_what_a_caller_needs() {
    let server =
        Recorder::odd(|line, _| line.contains("dead@example.com").then_some(("550 5.1.1 user unknown", false)));
    let gateway = FarSide::start(|asked| {
        let dead = asked.parameter("to") == Some("10000000149");
        Answer::ok(if dead { r#"{"code": "9", "msg": "\u7a7a\u53f7"}"# } else { r#"{"code": "0"}"# })
    });
    let dir = folder();
    let sms = format!(
        "[channel.sms_http]\nurl = \"{}/?to={{mobile}}&text={{text}}\"\ncode = \"/code\"\nok = [\"0\"]\n",
        gateway.url
    );
    let site = site(dir.path(), server.port, &sms);
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, source.replace("email = \"email\"\n", "email = \"email\"\nsms = \"sms_http\"\n"))
        .expect("the site file");
    let rows = "id,name,sector,village,contact,mobile,email,backup_contact,backup_mobile\n\
                E1,甲汽修厂,auto_paint,500199001204,甲某,10000000149,dead@example.com,甲乙某,10000000150\n\
                E2,乙汽修厂,auto_paint,500199001204,乙某,10000000151,dead@example.com,,\n\
                E3,丙汽修厂,auto_paint,500199001204,丙某,10000000152,fine@example.com,,\n";
    std::fs::write(site.join("enterprises.csv"), rows).expect("a table");
    once(&site, "12T08:00");
    let shown = text(&call(&site, &["escalation", "list"], "12T08:01"));
    let row =
        |words: &str| shown.lines().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {shown}"));
    let head = shown.lines().find(|line| line.contains("身份")).expect("a head");
    for title in ["谁", "电话", "要说什么", "几时前", "原因", "登记用的编号"] {
        assert!(head.contains(title), "{shown}");
    }
    assert!(row("甲乙某 10000000150") < row("甲某 10000000149"), "who may answer first: {shown}");
    let lines: Vec<&str> = shown.lines().collect();
    let first = lines[row("甲乙某 10000000150")];
    for words in [
        "甲汽修厂",
        "备用联系人",
        "臭氧错峰生产提示：9月12日",
        "9月12日10:00",
        "邮件：没有这个邮箱",
        ".raise.enterprise-E1",
    ] {
        assert!(first.contains(words), "{words}: {first}");
    }
    let second = lines[row("甲某 10000000149")];
    assert!(second.contains("本人（短信不通：空号）") && second.contains("短信：空号"), "{second}");
    assert!(!shown.contains("乙汽修厂") && !shown.contains("对方拒收") && shown.contains("cuofeng ack add"), "{shown}");
    let json = call(&site, &["escalation", "list", "--json"], "12T08:01");
    let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let one = &json["calls"][0];
    assert_eq!((one["person"].as_str(), one["mobile"].as_str()), (Some("甲乙某"), Some("10000000150")), "{one}");
    assert!(one["numbers"][1]["usable"] == false && one["numbers"][1]["whose"] == "own", "{one}");
    assert!(one["cause"] == "refused" && one["why"] == "邮件：没有这个邮箱；短信：空号", "{one}");
    // The same in the alarm, whose subject names whom.
    let read = sent(&server);
    assert!(read.contains("【请电话告知】甲汽修厂没有通知到（9月12日10:00开始）"), "{read}");
    assert!(read.contains("邮件：没有这个邮箱；短信：空号。请打甲乙某 10000000150（备用联系人）"), "{read}");
    let outbox = text(&run(&["outbox", "list", "--no-way-left"], &site));
    assert!(outbox.contains("空号") && !outbox.contains("\\u7a7a"), "{outbox}");
    // What the next text says did not arrive either; that it is the second time is said.
    once(&site, "14T17:30");
    let read = sent(&server);
    let again = read.lines().find(|line| line.contains("前一份没送到，已告知过您")).unwrap_or_else(|| panic!("{read}"));
    assert!(again.contains("甲汽修厂：臭氧错峰生产提示有变，现为") && again.contains("enterprise-E1"), "{again}");
    assert!(!read.contains("这次是新增的"), "{read}");
    // That it has ended is another call, and says so.
    let lift = ["warnings", "lift", "ozone-wuping-20260912-1", "--by", "罗代泉", "--reason", "转雨"];
    assert!(call(&site, &lift, "14T17:40").status.success());
    once(&site, "14T17:41");
    let json = call(&site, &["escalation", "list", "--json"], "14T17:42");
    let json: Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let says: Vec<(bool, &str)> = json["calls"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|c| (c["ends"] == true, c["say"].as_str().unwrap_or("")))
        .collect();
    assert!(says.iter().all(|(ends, say)| *ends == say.contains("已提前结束")), "{says:?}");
    let subjects: Vec<String> =
        sent(&server).lines().filter(|line| line.contains("【请电话告知】")).map(str::to_owned).collect();
    assert!(subjects.iter().all(|line| line.contains("甲汽修厂")), "{subjects:?}");
}

#[test]
fn a_letter_that_cannot_leave_is_told_of_before_its_first_hour() {
    // A server that never answers for good.
    let server = Recorder::odd(|line, _| line.starts_with("RCPT").then_some(("450 4.3.0 try later", false)));
    let dir = folder();
    let site = site(dir.path(), server.port, "");
    once(&site, "12T08:00");
    assert!(calls(&site, "12T08:01").is_empty(), "it may still arrive");
    once(&site, "12T09:05");
    let names: Vec<String> = calls(&site, "12T09:06").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(alarms(&site, "ways-").len(), 2, "both on duty, once");
    // Whoever was spoken to on the telephone leaves the list.
    let key = notices(&site).into_iter().find(|key| key.ends_with("enterprise-E3")).expect("a notice");
    let add = call(&site, &["ack", "add", &key, "--said", "known", "--by", "刘光禾"], "12T09:20");
    assert!(add.status.code() == Some(1) && text(&add).contains("刘光禾"), "who may only look: {}", text(&add));
    let add = call(&site, &["ack", "add", &key, "--said", "known", "--by", "罗代泉"], "12T09:20");
    assert!(add.status.success(), "{}", text(&add));
    assert_eq!(calls(&site, "12T09:21").len(), 2);
}

#[test]
fn what_nobody_passed_on_is_called_that_and_a_folder_is_a_folder() {
    let dir = folder();
    let server = Recorder::start();
    let site = site(dir.path(), server.port, "");
    once(&site, "12T08:00");
    once(&site, "14T18:00");
    let subjects: Vec<String> = server
        .mails()
        .iter()
        .filter_map(|mail| {
            mail_parser::MessageParser::default().parse(mail.text.as_bytes())?.subject().map(str::to_owned)
        })
        .collect();
    assert!(subjects.iter().any(|subject| subject.starts_with("【没有转达】")), "{subjects:?}");
    assert!(!subjects.iter().any(|subject| subject.contains("已结束")), "{subjects:?}");
    let list = text(&run(&["outbox", "list", "--channel", "folder"], &site));
    assert!(list.contains("已写入文件夹") && !list.contains("已送达"), "{list}");
}

#[test]
fn a_village_that_heard_nothing_is_listed_once_however_often_it_was_to_be_played() {
    let dir = folder();
    let site = example(dir.path());
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, source + "\n[speech]\nrounds = 3\n").expect("the site file");
    once(&site, "16T20:00");
    // Later rounds are notices of their own; from now on nothing is played.
    let rounds = notices(&site).into_iter().filter(|key| key.contains("village-500199001201")).count();
    assert!(rounds > 1, "{rounds}");
    let stopped = call(&site, &["stop", "--by", "邓永亮", "--reason", "检修"], "16T20:10");
    assert!(stopped.status.success(), "{}", text(&stopped));
    once(&site, "17T23:30");
    let names: Vec<String> = calls(&site, "18T00:05").into_iter().map(|(name, _)| name).collect();
    let mut distinct = names.clone();
    distinct.sort();
    distinct.dedup();
    assert!(names.iter().any(|name| name == "青杠村"), "{names:?}");
    assert_eq!(names.len(), distinct.len(), "{names:?}");
}

#[test]
fn a_village_without_a_loudspeaker_is_passed_on_to_before_its_hours_and_not_before_a_round_ends() {
    let dir = folder();
    let site = example(dir.path());
    once(&site, "16T20:00");
    once(&site, "17T08:00");
    let hand = alarms(&site, "hand-");
    assert!(hand.iter().all(|words| words.contains("白岩村") && words.contains("18日00:00前转达1份")), "{hand:?}");
    // What is to be passed on is said, by one hour wherever it is asked for, and by its date.
    let read = mails(&site);
    assert!(read.contains("9月18日00:00前转达1份（白岩村）：秸秆禁烧提示（首次）。"), "{read}");
    let list = text(&call(&site, &["hand", "list"], "17T08:01"));
    assert!(list.contains("9月18日00:00前") && !list.contains("9月19日"), "{list}");
    let shown = call(&site, &["hand", "list", "--json"], "17T08:01");
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");
    let shown = text(&call(&site, &["hand", "show", &shown["letters"][0]["number"].to_string()], "17T08:01"));
    assert!(shown.contains("请在9月18日00:00前转达") && !shown.contains("9月19日"), "{shown}");
    let sheet = dir.path().join("sheet.html");
    assert!(call(&site, &["hand", "sheet", "--to", sheet.to_str().expect("a path")], "17T08:01").status.success());
    let page = std::fs::read_to_string(&sheet).expect("a sheet");
    for words in [&shown, &page] {
        assert!(words.contains("九月十八日") && !words.contains("明天九月十八日"), "{words}");
    }
    assert!(page.contains("9月18日00:00") && !page.contains("9月19日"), "{page}");
    // Once more in time before the hours, in the alarm about calls, and never again while they run.
    for time in ["17T12:10", "17T14:10", "17T22:40", "17T23:05", "18T08:00", "18T12:00"] {
        once(&site, time);
    }
    assert_eq!(alarms(&site, "hand-").len(), 4, "both on duty, once a text: {:?}", alarms(&site, "hand-"));
    let ways: Vec<String> = alarms(&site, "ways-").into_iter().chain(more(&site)).collect();
    let named = ways.iter().filter(|words| words.contains("白岩村")).count();
    assert_eq!(named, 2, "both on duty, once: {ways:?}");
    let missed = |words: &String| words.contains("到期没有人转达");
    assert!(!letters(&site).values().any(missed), "its hours are not over");
}

#[test]
fn words_that_cannot_be_passed_on_are_a_call_to_make() {
    let dir = folder();
    let site = example(dir.path());
    once(&site, "16T20:00");
    once(&site, "17T08:00");
    let list = call(&site, &["hand", "list", "--json"], "17T08:01");
    let list: Value = serde_json::from_slice(&list.stdout).expect("JSON");
    let number = list["letters"][0]["number"].to_string();
    let done = ["hand", "done", &number, "--how", "failed", "--by", "罗代泉", "--note", "无人应答"];
    let done = call(&site, &done, "17T08:30");
    assert!(done.status.success(), "{}", text(&done));
    once(&site, "17T08:40");
    let read = mails(&site);
    let about: Vec<&str> = read.split("out/").filter(|mail| mail.contains("白岩村")).collect();
    let about: Vec<&&str> =
        about.iter().filter(|mail| mail.contains("无人应答") || mail.contains("没有人转达")).collect();
    assert_eq!(about.len(), 2, "both on duty, once: {about:?}");
    for mail in about {
        assert!(mail.contains("【请电话告知】白岩村可能没有通知到（9月18日00:00开始）"), "{mail}");
        assert!(mail.contains("请打向清茂 1") && mail.contains("（村干部）"), "{mail}");
    }
}

#[test]
fn the_letter_to_duty_staff_does_not_call_sent_what_nobody_has_heard_yet() {
    let dir = folder();
    let site = example(dir.path());
    once(&site, "16T20:00");
    let read = crate::office::mails(&site);
    assert!(read.contains("广播 8 份待播，人工转达 1 份；村干部、网格员短信 18 份"), "{read}");
    assert!(!read.contains("已发村"), "{read}");
}

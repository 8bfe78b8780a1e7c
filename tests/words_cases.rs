//! What people read, word by word: the letters of the demo and of a small site as one reviewed file a language, and what
//! every text keeps to.
//!
//! A change of words shows in `tests/cases/words/letters.*.txt`; `CUOFENG_REVIEW=1 cargo test --test words_cases` writes
//! these files anew, to be read before they are committed.

mod office;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use office::{MORNING, call, example, folder, letters, mails, ruled, run, text};
use serde_json::Value;

/// Enterprises of the small site, one of each trade.
const EIGHT: [&str; 8] = ["E026", "E027", "E031", "E034", "E036", "E037", "E038", "E039"];

/// Whose letters are shown of the demo's enterprises: no hours, less load, hours of its own.
const SHOWN: [&str; 3] = ["E026", "E031", "E038"];

/// The example site in a language.
fn site_in(dir: &Path, lang: &str) -> PathBuf {
    let site = example(dir);
    let file = site.join("cuofeng.toml");
    let source = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(file, source.replace("[site]\n", &format!("[site]\nlanguage = \"{lang}\"\n"))).expect("a site file");
    site
}

/// The example site with eight enterprises.
fn eight(dir: &Path, lang: &str) -> PathBuf {
    let site = site_in(dir, lang);
    for table in ["enterprises.csv", "processes.csv"] {
        let path = site.join(table);
        let source = std::fs::read_to_string(&path).expect("a table");
        let keeps = |(at, line): &(usize, &str)| *at == 0 || EIGHT.iter().any(|id| line.contains(id));
        let rows: Vec<&str> = source.lines().enumerate().filter(keeps).map(|(_, line)| line).collect();
        std::fs::write(&path, rows.join("\n") + "\n").expect("a table");
    }
    site
}

/// Subject and words of a mail, as an outside reader reads them.
fn mail(file: &Path) -> String {
    let script = "import email,sys\nfrom email import policy\n\
        m=email.message_from_binary_file(open(sys.argv[1],'rb'),policy=policy.default)\n\
        print(m['Subject'])\nprint(m.get_body(('plain','html')).get_content())\n";
    let output = Command::new("/usr/bin/python3").args(["-c", script]).arg(file).output().expect("python3");
    assert!(output.status.success(), "{}", text(&output));
    text(&output)
}

/// A letter's name without its recipient: episode, revision, purpose, class, form.
fn kind(name: &str) -> Option<(String, String)> {
    let (head, tail) = name.split_once('-').and_then(|_| {
        let class = ["enterprise-", "village-", "keeper-", "duty-", "department-"];
        class.iter().find_map(|class| {
            let place = name.find(&format!(".{class}"))? + class.len();
            Some((name.get(..place)?, name.get(place + 1..)?))
        })
    })?;
    let (who, form) = tail.split_once('.')?;
    let form = form.rsplit_once('.').map_or(form, |(form, _)| form);
    let plain: Vec<&str> =
        form.split('.').filter(|part| part.len() != 6 || !part.bytes().all(|b| b.is_ascii_hexdigit())).collect();
    Some((format!("{head} {}", plain.join(" ")), who.to_owned()))
}

/// Every kind of letter that the demo writes.
fn demo(lang: &str) -> String {
    let dir = folder();
    let site = site_in(dir.path(), lang);
    let played = run(&["demo", "--lang", lang], &site);
    assert!(played.status.success(), "{}", text(&played));
    let mut seen = BTreeSet::new();
    let mut out = String::new();
    for (name, words) in letters(&site) {
        let Some((kind, who)) = kind(&name).filter(|_| !name.contains(".ics")) else { continue };
        let shown = SHOWN.contains(&who.as_str());
        if !(seen.insert(kind.clone()) || shown) {
            continue;
        }
        let words = if name.contains(".eml") { mail(&site.join("out").join(&name)) } else { words };
        writeln!(out, "==== {kind} {who}\n{}\n", words.trim_end()).expect("a text");
    }
    out
}

/// Every text of a site of eight enterprises: each template, purpose and form.
fn previews(lang: &str) -> String {
    let dir = folder();
    let site = eight(dir.path(), lang);
    let mut out = String::new();
    for template in templates(&site) {
        for one in preview(&site, &template) {
            let (purpose, form) = (one["purpose"].as_str().expect("a purpose"), one["form"].as_str().expect("a form"));
            let (subject, body) = (one["subject"].as_str().expect("words"), one["body"].as_str().expect("words"));
            writeln!(out, "==== {template} {purpose} {form}\n{}\n", format!("{subject}\n{body}").trim())
                .expect("a text");
        }
    }
    out
}

fn templates(site: &Path) -> Vec<String> {
    let refused = text(&run(&["notices", "preview", "none"], site));
    let known = refused.split(['；', ';']).next_back().expect("a list");
    let known = known.split_once(['：', ':']).map_or(known, |(_, list)| list);
    known.split(['、', ',']).map(|name| name.trim().to_owned()).filter(|name| name.contains('/')).collect()
}

fn preview(site: &Path, template: &str) -> Vec<Value> {
    let shown = run(&["notices", "preview", template, "--json"], site);
    let value: Value = serde_json::from_slice(&shown.stdout).unwrap_or_else(|_| panic!("{template}: {}", text(&shown)));
    value["texts"].as_array().expect("texts").clone()
}

fn reviewed(lang: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/cases/words/letters.{lang}.txt"));
    let now = format!("{}{}", demo(lang), previews(lang));
    if std::env::var_os("CUOFENG_REVIEW").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, &now).expect("the file");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for (number, (was, is)) in kept.lines().zip(now.lines()).enumerate() {
        assert_eq!(was, is, "{}:{}", path.display(), number + 1);
    }
    assert_eq!(kept.lines().count(), now.lines().count(), "{}", path.display());
}

#[test]
fn every_text_in_chinese_is_as_it_was_reviewed() {
    reviewed("zh");
}

#[test]
fn every_text_in_english_is_as_it_was_reviewed() {
    reviewed("en");
}

/// Parts of a short message in UCS-2.
fn parts(words: &str) -> usize {
    let units = words.encode_utf16().count();
    if units <= 70 { 1 } else { units.div_ceil(67) }
}

#[test]
fn a_short_message_fits_two_parts_and_three_at_its_longest() {
    let dir = folder();
    let site = site_in(dir.path(), "zh");
    let mut table = String::new();
    for template in templates(&site) {
        for one in preview(&site, &template).iter().filter(|one| one["form"] == "sms") {
            let words = one["body"].as_str().expect("words");
            let purpose = one["purpose"].as_str().expect("a purpose");
            writeln!(table, "{template}\t{purpose}\t{}\t{}", words.encode_utf16().count(), parts(words))
                .expect("a line");
            let most = if template == "merged/person" { 5 } else { 3 };
            assert!(parts(words) <= most, "{template} {purpose}: {words}");
        }
    }
    let _ = std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes());
    assert!(run(&["demo"], &site).status.success());
    let sms: Vec<String> =
        letters(&site).into_iter().filter(|(name, _)| name.contains(".sms.")).map(|(_, w)| w).collect();
    let own = |words: &String| words.lines().next_back().unwrap_or("").to_owned();
    // Text × audience: how many were sent, the usual and the longest length, its parts.
    let mut measured: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (name, words) in letters(&site).iter().filter(|(name, _)| name.contains(".sms.")) {
        let (what, _) = kind(name).expect("a letter");
        let what = what.split('.').filter(|part| !part.starts_with('r')).collect::<Vec<_>>().join(" ");
        let what: String =
            what.split("-2026").map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-')).collect();
        measured.entry(what).or_default().push(own(words).encode_utf16().count());
    }
    let mut table = String::new();
    for (what, lengths) in &mut measured {
        lengths.sort_unstable();
        let (usual, most) = (lengths[lengths.len() / 2], lengths[lengths.len() - 1]);
        let parts = |length: usize| if length <= 70 { 1 } else { length.div_ceil(67) };
        writeln!(table, "{what}\t{}\t{usual}\t{}\t{most}\t{}", lengths.len(), parts(usual), parts(most))
            .expect("a line");
        assert!(usual <= 134 && parts(most) <= 3, "{what}: usually {usual}, at most {most}");
        assert!(!what.starts_with("hand") || usual <= 70, "{what}: {usual}");
    }
    let _ = std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes());
    let longer: Vec<String> = sms.iter().map(own).filter(|words| parts(words) > 2).collect();
    assert!(longer.len() * 20 <= sms.len() && !sms.is_empty(), "{} of {}: {longer:#?}", longer.len(), sms.len());
    assert!(sms.iter().map(own).all(|words| parts(&words) <= 3));
}

#[test]
fn what_is_filed_with_a_provider_is_few_texts_with_holes_that_it_takes() {
    let dir = folder();
    let site = example(dir.path());
    let listed = run(&["sms", "templates", "--json"], &site);
    let value: Value = serde_json::from_slice(&listed.stdout).expect("one JSON object");
    let templates = value["templates"].as_array().expect("texts");
    assert!(templates.len() <= 25, "{}: {value:#}", templates.len());
    let by_init = run(&["sms", "templates", "--json"], &office::new_site(dir.path()));
    let by_init: Value = serde_json::from_slice(&by_init.stdout).expect("one JSON object");
    let count = by_init["templates"].as_array().map_or(0, Vec::len);
    assert!((10..=25).contains(&count), "{count}: {by_init:#}");
    for template in templates.iter().chain(by_init["templates"].as_array().expect("texts")) {
        let words = template["text"].as_str().expect("a text");
        let dated = |(at, _): (usize, &str)| words[..at].ends_with(|c: char| c.is_ascii_digit());
        assert!(!words.match_indices('月').any(dated), "a sample's date is filed: {words}");
        assert!(!words.contains("}${"), "{words}");
        let holes = template["holes"].as_array().expect("holes");
        for hole in holes {
            let example = hole["example"].as_str().expect("an example");
            assert!((1..=35).contains(&example.chars().count()), "{words}: {hole}");
            assert!(hole["type"].as_str().is_some_and(|kind| kind.starts_with("sms.kind_")), "{hole}");
        }
        let names: usize = words.split("${").skip(1).filter_map(|rest| rest.find('}')).map(|end| end + 3).sum();
        assert!(words.chars().count() - names >= 10, "a text of holes is none: {words}");
    }
}

#[test]
fn a_change_is_sent_as_the_text_that_was_filed_for_changes() {
    let dir = folder();
    let site = example(dir.path());
    let listed = run(&["sms", "templates", "--json"], &site);
    let value: Value = serde_json::from_slice(&listed.stdout).expect("one JSON object");
    let texts: Vec<&str> =
        value["templates"].as_array().expect("texts").iter().filter_map(|one| one["text"].as_str()).collect();
    let mut source = String::new();
    for (number, text) in texts.iter().enumerate() {
        writeln!(source, "[[template]]\ncode = \"{number}\"\ntext = {}", Value::from(*text)).expect("a text");
    }
    let limits = cuofeng_notice::filed::Limits { value: 60, whole: 500 };
    let sign = value["sign"].as_str().expect("a signature");
    let approved = cuofeng_notice::filed::Filed::parse(&source, sign, limits).expect("approved texts");
    assert!(run(&["demo"], &site).status.success());
    let (mut changes, mut others) = (0, 0);
    for (name, words) in letters(&site).iter().filter(|(name, _)| name.contains(".sms.")) {
        let words = words.lines().next_back().unwrap_or("");
        let found = approved.fit(words).unwrap_or_else(|why| panic!("{name}: {why}: {words}"));
        let text = texts[found.code.parse::<usize>().expect("a number")];
        assert_eq!(words.contains("有变："), text.contains("有变："), "{words}: {text}");
        if words.contains("有变：") {
            let change = found.values.iter().find(|(name, _)| name == "change").expect("what changes");
            assert!(!change.1.contains('。') && change.1.chars().count() <= 35, "{change:?}");
            changes += 1;
        } else {
            others += 1;
        }
    }
    assert!(changes > 5 && others > 20, "{changes} {others}");
}

/// The rule at another figure than the standard's.
fn at(figure: &str) -> String {
    office::by_itself().replace("高于 160", &format!("高于 {figure}")) + office::DUTY
}

#[test]
fn a_limit_is_named_only_where_the_rule_uses_it() {
    for (figure, said, unsaid) in
        [("160", "二级浓度限值 160", "本办提示值"), ("150", "高于 150（本办提示值）", "限值 150")]
    {
        let dir = folder();
        let site = ruled(dir.path(), &at(figure));
        assert!(run(&MORNING, &site).status.success());
        let told = mails(&site);
        assert!(told.contains(said) && !told.contains(unsaid), "{figure}: {told}");
        assert_eq!(told.contains("超标"), figure == "160" || told.contains("，臭氧超标"), "{told}");
        let outward: Vec<&str> = told.lines().filter(|line| line.contains("建议贵单位")).collect();
        assert!(outward.iter().all(|line| line.contains("超标") == (figure == "160")), "{outward:?}");
    }
}

/// Two levels on the recorded days: 14 September is above the upper one.
const LEVELS: &str = r#"[[rule]]
id = "levels"
name = "分级提示"
kind = "levels"
source = "本地文件"
shape = "days"
lead_hours = 1

[[rule.level]]
id = "high"
name = "较重"
when = "日最大(臭氧8小时) 高于 230 µg/m³"
[[rule.level.measure]]
ask = "care"
activities = ["crush"]
advice = "停止露天作业，物料全部覆盖"
[[rule.level.measure]]
ask = "reduce"
activities = ["kiln"]
percent = 30

[[rule.level]]
id = "low"
name = "一般"
when = "日最大(臭氧8小时) 高于 160 µg/m³"
[[rule.level.measure]]
ask = "care"
activities = ["crush"]
advice = "物料覆盖，增加洒水频次"

[[rule.tell]]
to = "enterprises"
sectors = ["brickworks"]
forms = ["email", "sms"]
template = "particles/enterprise"
"#;

#[test]
fn each_levels_advice_stands_for_its_own_days() {
    let dir = folder();
    let site = ruled(dir.path(), LEVELS);
    let once = run(&MORNING, &site);
    assert!(once.status.success(), "{}", text(&once));
    let told = mails(&site);
    for said in [
        "9月12日、13日：物料覆盖，增加洒水频次",
        "9月14日：停止露天作业，物料全部覆盖",
        "9月14日：不便停产，请降低负荷约 30%",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
    assert!(!told.contains("照常进行；停止") && !told.contains("照常进行。停止"), "{told}");
    let sms =
        letters(&site).into_iter().find(|(name, _)| name.contains("E031") && name.contains(".sms.")).expect("an SMS").1;
    assert!(sms.contains("9月14日降低负荷约30%"), "{sms}");
}

#[test]
fn what_changes_is_said_in_the_first_line() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    assert!(run(&MORNING, &site).status.success());
    for time in ["12T20:00", "13T08:00", "13T20:00", "14T08:00"] {
        assert!(call(&site, &["once"], time).status.success(), "{time}");
    }
    let sent = letters(&site);
    let (_, sms) =
        sent.iter().find(|(n, _)| n.contains(".update.enterprise-E038") && n.contains(".sms.")).expect("a change");
    assert!(
        sms.contains("臭氧错峰生产提示有变：延长到9月16日；9月14日18—19时不再可做。现为9月14日至16日每日10—17时"),
        "{sms}"
    );
    let told = mails(&site);
    assert!(told.contains("的提示有变：延长到9月16日；9月14日18—19时不再可做。请以本次为准。"), "{told}");
}

/// A forecast whose afternoons reach a figure, day by day of September.
fn run_of(issued: &str, peaks: &[(u32, u32)]) -> String {
    let mut rows = String::new();
    for (day, peak) in peaks {
        for hour in 0..24 {
            let ozone = if (10..20).contains(&hour) { *peak } else { 40 };
            writeln!(rows, "2026-09-{issued}:00+08:00,2026-09-{day}T{hour:02}:00:00+08:00,wuping,{ozone},1.0,60")
                .expect("a row");
        }
    }
    rows
}

#[test]
fn a_lift_that_the_next_run_undoes_is_called_that_in_the_first_line_of_every_letter() {
    let dir = folder();
    let village = "\n[[rule.tell]]\nto = \"villages\"\nforms = [\"speech\"]\ntemplate = \"straw/village\"\n";
    let site = ruled(dir.path(), &(office::by_itself() + village));
    let table = site.join("feeds/recording.csv");
    let mut rows = "issued,time,region,o3,wind,humidity\n".to_owned();
    for (time, issued, peak) in
        [("14T08:00", "14T07:00", 230), ("14T20:00", "14T19:00", 60), ("15T08:00", "15T07:00", 230)]
    {
        rows += &run_of(issued, &[(14, 60), (15, peak), (16, 60), (17, 60)]);
        std::fs::write(&table, &rows).expect("a forecast");
        office::rested(&table);
        let once = call(&site, &["once"], time);
        assert!(once.status.success(), "{time}: {}", text(&once));
    }
    // The loudspeaker has its own hours.
    assert!(call(&site, &["once"], "15T12:30").status.success());
    let sent = letters(&site);
    let again = |part: &str, form: &str| {
        let found = sent.iter().find(|(name, _)| {
            name.contains("20260915-1.r1.raise") && name.contains(part) && name.contains(form) && !name.contains(".ics")
        });
        let (name, words) = found.unwrap_or_else(|| panic!("{part} {form}: {:?}", sent.keys()));
        (name.clone(), words.clone())
    };
    let (name, _) = again(".enterprise-E038", ".eml");
    let read = mail(&site.join("out").join(name));
    let first = read.lines().find(|line| line.starts_with("　　")).expect("a sentence");
    assert!(read.lines().next().is_some_and(|subject| subject.contains("昨晚的解除作废")), "{read}");
    assert!(first.contains("昨晚的解除作废，提示继续有效。") && first.contains("9月14日20:00"), "{read}");
    assert!(!read.contains("恢复，"), "{read}");
    let (_, sms) = again(".enterprise-E038", ".sms.");
    assert!(sms.contains("臭氧错峰生产提示有变：昨晚的解除作废，提示继续有效。现为9月15日10—17时"), "{sms}");
    let (_, aloud) = again(".village-", ".speech.");
    assert!(aloud.contains("昨晚的解除作废"), "{aloud}");
    let group = text(&run(&["notices", "group", "ozone-wuping-20260915-1"], &site));
    assert!(group.lines().nth(1).is_some_and(|line| line.starts_with("昨晚的解除作废，提示继续有效，")), "{group}");
}

#[test]
fn a_revision_is_one_text_for_the_chat_group() {
    let dir = folder();
    let site = ruled(dir.path(), &(office::by_itself() + office::DUTY));
    let none = run(&["notices", "group", office::EPISODE], &site);
    assert_eq!(none.status.code(), Some(1), "nothing was told yet: {}", text(&none));
    assert!(run(&MORNING, &site).status.success());
    let group = run(&["notices", "group", office::EPISODE], &site);
    assert!(group.status.success(), "{}", text(&group));
    let words = String::from_utf8_lossy(&group.stdout).trim().to_owned();
    // Everybody who was told is in it, once, by name; what is asked of each is what its own notice asks.
    let listed = run(&["outbox", "list", "--json", "--limit", "500"], &site);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let told: BTreeSet<&str> = listed["letters"]
        .as_array()
        .expect("letters")
        .iter()
        .filter(|letter| letter["notice"].as_str().is_some_and(|key| key.contains(".enterprise-")))
        .filter_map(|letter| letter["to"].as_str())
        .collect();
    assert!(told.len() > 3, "{told:?}");
    for name in &told {
        assert_eq!(words.matches(name).count(), 1, "{name}: {words}");
    }
    assert!(words.contains("时间：9月12日至9月14日每日10:00—17:00"), "{words}");
    let sent = letters(&site);
    let out = site.join("out");
    let read: Vec<(&String, String)> = sent
        .iter()
        .filter(|(name, _)| !name.contains(".ics"))
        .map(|(name, words)| (name, if name.contains(".eml") { mail(&out.join(name)) } else { words.clone() }))
        .collect();
    let own = |id: &str| {
        let of = read.iter().filter(|(name, _)| name.contains(&format!(".enterprise-{id}.")));
        of.map(|(_, words)| words.as_str()).collect::<String>()
    };
    // The hours of each stand in its own notice.
    let own = own("E038");
    let line = words.lines().find(|line| line.contains("大田坝汽车销售服务中心")).expect("a line");
    let (_, hours) = line.split_once('：').expect("hours");
    for part in hours.split('；').filter(|part| !part.contains(' ')) {
        assert!(own.contains(part), "{part}: {own}");
    }
    assert!(!words.contains("100000") && !words.contains('@'), "names and hours alone: {words}");
    // The duty letter of the revision bears the same text.
    let flat = |text: &str| text.lines().map(str::trim).collect::<String>();
    let duty = read.iter().find(|(name, _)| name.contains(".duty-") && name.contains(".eml")).expect("a letter");
    assert!(flat(&duty.1).contains(&flat(&words)), "{words}\n{}", duty.1);
    // Its end is a text, too; what was told before can be asked for.
    let end = ["warnings", "lift", office::EPISODE, "--by", "罗代泉", "--reason", "区里要求"];
    assert!(call(&site, &end, "12T09:10").status.success());
    let ended = text(&run(&["notices", "group", office::EPISODE], &site));
    assert!(ended.contains("请恢复平时的安排") && !ended.contains("10:00"), "{ended}");
    assert_eq!(text(&run(&["notices", "group", office::EPISODE, "--revision", "1"], &site)).trim(), words);
}

#[test]
fn villages_stand_in_one_line_of_the_text_for_the_group() {
    let dir = folder();
    let site = example(dir.path());
    assert!(call(&site, &["once"], "16T20:00").status.success());
    let words = text(&run(&["notices", "group", "straw-wuping-20260916-1"], &site));
    let line = words.lines().find(|line| line.contains("青杠村")).expect("the villages");
    assert!(line.ends_with("：请播放广播、加强巡查。"), "{words}");
    assert_eq!(words.matches("青杠村").count(), 1, "{words}");
    // A village of whose loudspeaker no address is known has its own line.
    let line = words.lines().find(|line| line.contains("白岩村")).expect("the village");
    assert_eq!(line, "白岩村：请用喇叭或逐户告知、加强巡查。", "{words}");
    let asked = |id: &str| sms_of(&site, &["straw-wuping-20260916-1.r1.raise.keeper-", id]);
    assert!(
        asked("500199001201-c").contains("青杠村请加强田间巡查、播好广播，发现焚烧"),
        "{}",
        asked("500199001201-c")
    );
    let quiet = asked("500199001207-c");
    assert!(
        quiet.contains("白岩村请加强田间巡查、用喇叭或逐户告知，发现焚烧") && quiet.contains("如有延长，见工作群"),
        "{quiet}"
    );
}

#[test]
fn the_end_of_a_reminder_of_what_is_forbidden_all_the_year_frees_nobody() {
    let dir = folder();
    let site = example(dir.path());
    for time in ["16T20:00", "17T08:00", "17T12:30"] {
        assert!(call(&site, &["once"], time).status.success(), "{time}");
    }
    let end = ["warnings", "lift", "straw-wuping-20260916-1", "--by", "罗代泉", "--reason", "区里要求"];
    assert!(call(&site, &end, "17T13:00").status.success());
    assert!(call(&site, &["once"], "17T14:30").status.success());
    let group = text(&run(&["notices", "group", "straw-wuping-20260916-1"], &site));
    assert!(group.contains("恢复日常巡查；露天焚烧全年禁止不变。") && !group.contains("平时的安排"), "{group}");
    let keeper = sms_of(&site, &["straw-wuping-20260916-1", ".lift.keeper-500199001201-c"]);
    assert!(keeper.contains("，恢复日常巡查，禁烧要求不变。咨询"), "{keeper}");
    let duty = mail_of(&site, &["straw-wuping-20260916-1", ".lift.duty-"]);
    assert!(duty.lines().next().is_some_and(|subject| subject.contains("禁烧要求不变")), "{duty}");
    let sent = letters(&site);
    let aloud = sent.iter().find(|(name, _)| name.contains(".lift.village-500199001201")).expect("a text").1;
    assert!(aloud.contains("这几天的禁烧提醒取消了，但是露天烧秸秆照样不准。"), "{aloud}");
    for words in sent.values() {
        assert!(!words.contains("加密"), "{words}");
    }
}

#[test]
fn who_hears_of_an_extension_in_the_chat_group_alone_is_said_to_staff_and_in_that_text() {
    let dir = folder();
    let site = example(dir.path());
    for time in ["16T20:00", "17T08:00", "17T14:00", "17T20:00", "18T08:00", "18T14:00"] {
        assert!(call(&site, &["once"], time).status.success(), "{time}");
    }
    let sent = letters(&site);
    let second = "straw-wuping-20260916-1.r2.update.";
    assert!(!sent.keys().any(|name| name.contains(&format!("{second}keeper-"))), "{:?}", sent.keys());
    let duty = mail_of(&site, &[second, "duty-"]);
    assert!(duty.contains("要做：这次没有给村干部、网格员另发短信，请在工作群转发下文。"), "{duty}");
    assert!(
        duty.contains("这次没有给村干部、网格员另发短信，以本群为准。") && !duty.contains("详见各自收到的通知"),
        "{duty}"
    );
    assert!(!duty.contains("留意签收"), "{duty}");
    let aloud =
        sent.iter().find(|(name, _)| name.contains(&format!("{second}village-500199001201"))).expect("a text").1;
    assert!(aloud.contains("提醒延长到九月"), "{aloud}");
    assert!(!aloud.contains("时间有变"), "{aloud}");
}

#[test]
fn the_day_of_which_most_is_asked_is_what_a_short_message_says() {
    let kiln = "[[rule.level.measure]]\nask = \"reduce\"\nactivities = [\"kiln\"]\npercent = 30\n";
    let dir = folder();
    let site = ruled(dir.path(), &LEVELS.replace(kiln, ""));
    assert!(run(&MORNING, &site).status.success());
    let sms = sms_of(&site, &["E031"]);
    assert!(sms.contains("9月14日停止露天作业，物料全部覆盖，其余见邮件"), "{sms}");
}

#[test]
fn hours_that_were_told_as_free_and_are_not_any_more_are_said_with_the_change() {
    let dir = folder();
    let site = site_in(dir.path(), "zh");
    assert!(run(&["demo"], &site).status.success());
    let second = |id: &str| format!("ozone-wuping-20260912-1.r2.update.enterprise-{id}.");
    let mail = |id: &str| mail_of(&site, &[&second(id)]);
    let sms = |id: &str| sms_of(&site, &[&second(id)]);
    // Told on the 13th and 14th: 06:00 to 09:00 and from 18:00 on; by the plan of the 14th from 19:00 on.
    assert!(sms("E036").contains("有变：延长到9月16日；9月14日18—19时不再可做。现为"), "{}", sms("E036"));
    assert!(mail("E036").contains("的提示有变：延长到9月16日；9月14日18—19时不再可做。"), "{}", mail("E036"));
    // Of several processes the one that loses hours is named; where two parts have no room for that, some are lost.
    assert!(mail("E034").contains("延长到9月16日；喷漆房喷涂9月14日18—19时不再可做。"), "{}", mail("E034"));
    assert!(sms("E034").contains("延长到9月16日；已告知的钟点也有变。现为"), "{}", sms("E034"));
    // Who loses none hears of none.
    assert!(!mail("E026").contains("不再可做"), "{}", mail("E026"));
}

#[test]
fn an_index_is_said_once_with_whose_it_is() {
    let dir = folder();
    let site = site_in(dir.path(), "zh");
    assert!(run(&["demo"], &site).status.success());
    let duty = mail_of(&site, &["national-tiers-wuping-20260913-1.r1.raise.duty-"]);
    let first = duty.split("第 2 项").next().expect("an item");
    assert!(first.contains("AQI预报：9月14日高于 150（环大气〔2024〕6号）"), "{duty}");
    assert_eq!(first.matches("9月14日 173").count(), 1, "{duty}");
}

#[test]
fn a_template_that_would_print_an_empty_fact_is_refused_before_the_night() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let path = site.join("templates/zh/ozone/enterprise.sms.txt");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    for (words, found) in [
        ("【{{ sign }}】预报超标（{{ findings | join(\"；\") }}）", "可能是空的"),
        ("【{{ sign }}】预报超标（{% for finding in findings %}{{ finding }}{% endfor %}，参考值）", "（，"),
    ] {
        std::fs::write(&path, words).expect("a template");
        let check = run(&["check"], &site);
        assert!(!check.status.success() && text(&check).contains(found), "{found}: {}", text(&check));
    }
}

#[test]
fn a_village_hears_of_today_and_tomorrow_and_of_no_hour_that_is_past() {
    let dir = folder();
    let site = example(dir.path());
    for time in ["16T20:00", "17T08:00", "17T14:00", "17T20:00", "18T08:00", "18T14:00"] {
        assert!(call(&site, &["once"], time).status.success(), "{time}");
    }
    let heard: Vec<(String, String)> =
        letters(&site).into_iter().filter(|(name, _)| name.contains("village-500199001201")).collect();
    let all = heard.iter().map(|(_, words)| words.as_str()).collect::<Vec<_>>().join("\n");
    assert!(all.contains("明天九月十八日，风小，烟散不开，"), "the day before: {all}");
    assert!(all.contains("今天九月十八日到"), "on the day: {all}");
    assert!(!all.contains('零') || !all.contains("零时"), "{all}");
    assert!(heard.iter().all(|(_, words)| words.contains("露天焚烧秸秆全年禁止")), "{all}");
}

#[test]
fn a_reminder_names_its_notice_and_its_own_period() {
    let dir = folder();
    let site = site_in(dir.path(), "zh");
    assert!(run(&["demo"], &site).status.success());
    let sent = letters(&site);
    let reminder = |part: &str| {
        let found = sent.iter().find(|(name, _)| name.contains(part) && name.contains(".reminder.sms"));
        found.unwrap_or_else(|| panic!("{part}")).1.clone()
    };
    let first = reminder("ozone-wuping-20260912-1.r1.raise.enterprise-E038");
    assert!(first.contains("请签收9月12日08:00的臭氧错峰生产提示（9月13日、14日每日10—17时）"), "{first}");
    let cadre = reminder(".keeper-500199001201-c");
    assert!(cadre.contains("付家洁：请签收") && !cadre.contains("青杠村还没有签收"), "{cadre}");
}

/// The mail of a letter whose name has these parts.
fn mail_of(site: &Path, parts: &[&str]) -> String {
    let named = |name: &&String| name.contains(".eml") && parts.iter().all(|part| name.contains(part));
    let all = letters(site);
    let name = all.keys().find(named).unwrap_or_else(|| panic!("{parts:?}: {:?}", all.keys()));
    mail(&site.join("out").join(name))
}

/// The short message of a letter whose name has these parts.
fn sms_of(site: &Path, parts: &[&str]) -> String {
    let named = |name: &String| name.contains(".sms") && parts.iter().all(|part| name.contains(part));
    letters(site).into_iter().find(|(name, _)| named(name)).unwrap_or_else(|| panic!("{parts:?}")).1
}

#[test]
fn an_order_of_another_matter_is_no_reason_and_its_end_frees_nobody_from_what_still_stands() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let add = [
        "order",
        "add",
        "--subject",
        "重污染天气",
        "--tier",
        "黄色",
        "--from",
        "2026-09-12T12:00:00+08:00",
        "--to",
        "2026-09-16T00:00:00+08:00",
        "--issuer",
        "区人民政府",
        "--document",
        "区府办〔2026〕12号",
        "--measures",
        "停止喷涂作业，增加道路洒水。",
        "--for",
        "行业=auto_paint",
        "--deadline",
        "2026-09-12T18:00:00+08:00",
        "--by",
        "邓永亮",
    ];
    assert!(call(&site, &add, "12T07:00").status.success());
    assert!(call(&site, &["order", "relay", "1", "--by", "罗代泉"], "12T07:10").status.success());
    assert!(call(&site, &["once"], "12T07:15").status.success());
    let order = sms_of(&site, &["order-1-", ".raise.enterprise-E038"]);
    assert!(order.contains("时间9月12日12时至15日24时"), "{order}");
    assert!(order.contains("，9月12日18:00前落实：停止喷涂作业"), "{order}");
    assert!(run(&MORNING, &site).status.success());
    let tip = mail_of(&site, &["ozone-", ".raise.enterprise-E038"]);
    assert!(!tip.contains("上级指令") && !tip.contains("区府办"), "{tip}");
    assert!(tip.contains("以上预报和 AQI 为参考值") && tip.contains("臭氧将超标"), "{tip}");
    assert!(call(&site, &["order", "lift", "1", "--by", "罗代泉"], "12T09:00").status.success());
    assert!(call(&site, &["once"], "12T09:05").status.success());
    let lifted = mail_of(&site, &["order-1-", ".lift.enterprise-E038"]);
    assert!(lifted.contains("不必再按它执行。另有提示或指令仍有效的，请照其执行。"), "{lifted}");
    assert!(!lifted.contains("可恢复"), "{lifted}");
    let end = ["warnings", "lift", office::EPISODE, "--by", "罗代泉", "--reason", "区里要求"];
    assert!(call(&site, &end, "12T09:10").status.success());
    assert!(call(&site, &["once"], "12T09:11").status.success());
    let lifted = mail_of(&site, &["ozone-", ".lift.enterprise-E038"]);
    assert!(lifted.contains("可恢复平时的作业安排"), "{lifted}");
}

#[test]
fn who_is_told_late_hears_of_told_days_alone_and_of_no_change_before_the_first_word() {
    let dir = folder();
    let site = ruled(dir.path(), &office::by_itself());
    let append = |table: &str, row: &str| {
        let path = site.join(table);
        let old = std::fs::read_to_string(&path).expect("a table");
        std::fs::write(path, format!("{}\n{row}\n", old.trim_end())).expect("a table");
    };
    let newcomer = |id: &str, mobile: &str| {
        append(
            "enterprises.csv",
            &format!("{id},新开汽修厂,auto_paint,500199001204,,样例丙,{mobile},{}@example.com,,,,,", id.to_lowercase()),
        );
        append(
            "processes.csv",
            &format!("P{id},{id},喷漆房喷涂,spray,interruptible,6,,,1,1,2.8,0,2.0,24,30,50,06-22,09-18"),
        );
    };
    assert!(run(&MORNING, &site).status.success());
    assert!(call(&site, &["once"], "12T20:00").status.success());
    newcomer("E901", "10000009901");
    assert!(call(&site, &["once"], "13T08:00").status.success());
    let joined = mail_of(&site, &[".r1.raise.enterprise-E901"]);
    assert!(joined.contains("9月13日") && !joined.contains("9月12日 "), "{joined}");
    assert!(call(&site, &["once"], "13T20:00").status.success());
    newcomer("E902", "10000009902");
    assert!(call(&site, &["once"], "14T08:00").status.success());
    let first = mail_of(&site, &[".r2.", "enterprise-E902"]);
    assert!(!first.contains("延长到") && !first.contains("有变"), "{first}");
    let own = mail_of(&site, &[".r2.update.enterprise-E901"]);
    assert!(own.contains("9月13日08:00的提示有变：延长到"), "{own}");
    let others = mail_of(&site, &[".r2.update.enterprise-E038"]);
    assert!(others.contains("9月12日08:00的提示有变：延长到"), "{others}");
    assert!(!others.contains("可排约"), "what fits stands beside its own day: {others}");
}

#[test]
fn hours_of_two_levels_are_said_once_and_what_each_asks_beside_them_on_its_days() {
    let rule = LEVELS
        .replace("shape = \"days\"", "shape = \"10-17\"")
        .replace("ask = \"care\"\nactivities = [\"crush\"]", "ask = \"shift\"\nactivities = [\"spray\"]")
        .replace("停止露天作业，物料全部覆盖", "关闭车间门窗")
        .replace("物料覆盖，增加洒水频次", "检查活性炭")
        .replace("brickworks", "auto_paint");
    let dir = folder();
    let site = ruled(dir.path(), &rule);
    let once = run(&MORNING, &site);
    assert!(once.status.success(), "{}", text(&once));
    let mail = mail_of(&site, &["enterprise-E038"]);
    let line = mail.lines().find(|line| line.contains("喷烤漆房喷涂：")).expect("a line");
    assert!(line.contains("9月12日、13日另请检查活性炭；9月14日另请关闭车间门窗"), "{line}");
    assert_eq!(line.matches("9月12日").count(), 2, "{line}");
}

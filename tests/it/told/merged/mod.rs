//! One message to a person whom several rules tell of something at the same time: each notice keeps its own letter, and
//! what is taken back, changed or reported is one of them or all, as it is meant.

mod letters;
mod texts;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::office::{example, letters, run, text};

/// Two rules that speak on the same morning to the same enterprises.
const RULES: &str = r#"[[rule]]
id = "ozone-tip"
name = "臭氧错峰生产提示"
kind = "ozone"
source = "GB 3095-2026《环境空气质量标准》二级浓度限值"
shape = "10-17"
lead_hours = 1

[[rule.level]]
id = "exceed"
name = "臭氧超标"
when = "日最大(臭氧8小时) 高于 160 微克每立方米"

[[rule.level.measure]]
ask = "shift"
activities = ["spray", "unload"]

[[rule.tell]]
to = "enterprises"
sectors = ["filling_station", "auto_paint"]
forms = ["email", "sms"]
template = "ozone/enterprise"
ask_hours = 2

[[rule]]
id = "dust-tip"
name = "扬尘污染提示"
kind = "dust"
source = "本镇规定"
shape = "10-17"
lead_hours = 1

[[rule.level]]
id = "exceed"
name = "扬尘"
when = "日最大(臭氧8小时) 高于 165 微克每立方米"

[[rule.tell]]
to = "enterprises"
sectors = ["filling_station", "auto_paint"]
forms = ["email", "sms"]
template = "particles/enterprise"
ask_hours = 2
"#;

const OZONE: &str = "ozone-wuping-20260912-1.r1.raise.enterprise-E038";

const DUST: &str = "dust-wuping-20260912-1.r1.raise.enterprise-E038";

fn site(dir: &Path, more: &str) -> PathBuf {
    let site = example(dir);
    std::fs::create_dir_all(site.join("rules")).expect("a folder");
    std::fs::write(site.join("rules/ozone.toml"), RULES).expect("rules");
    let file = site.join("cuofeng.toml");
    let old = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, old + more).expect("the site file");
    site
}

fn json(site: &Path, args: &[&str]) -> Value {
    let output = run(args, site);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{args:?}: {}", text(&output)))
}

fn sms_to_e038(site: &Path) -> Vec<String> {
    letters(site).into_iter().filter(|(name, _)| name.contains("E038.sms")).map(|(_, words)| words).collect()
}

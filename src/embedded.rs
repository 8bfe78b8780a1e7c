//! What the binary carries: the default rules and templates, and the example site.
//!
//! Can't happen: a file of these folders left out; `tests/architecture.rs` compares the lists with the disk.

macro_rules! files {
    ($root:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!("../", $root, "/", $path)))),*]
    };
}

/// A path below its root, and the file's bytes.
pub type File = (&'static str, &'static [u8]);

/// `rules/`.
pub const RULES: &[File] = files!("rules":
    "ozone.toml",
    "particles.toml",
    "straw.toml",
    "tiers.toml",
    "profiles.toml",
    "sectors.toml",
    "weights.toml",
    "workdays.toml",
    "tests/ozone.toml",
    "tests/particles.toml",
    "tests/straw.toml",
    "tests/tiers.toml",
    "standards/eu-eaqi.toml",
    "standards/hj633-2012.toml",
    "standards/hj633-2026.toml",
    "standards/us-epa-2024.toml",
);

/// `templates/`.
pub const TEMPLATES: &[File] = files!("templates":
    "zh/draft/duty.email.txt",
    "zh/draft/duty.sms.txt",
    "zh/draft/duty.subject.txt",
    "zh/files/duty.email.txt",
    "zh/files/duty.sms.txt",
    "zh/files/duty.subject.txt",
    "zh/forecast/duty.email.txt",
    "zh/forecast/duty.sms.txt",
    "zh/forecast/duty.subject.txt",
    "zh/particles/enterprise.email.txt",
    "zh/particles/enterprise.sms.txt",
    "zh/particles/enterprise.subject.txt",
    "zh/straw/fire.email.txt",
    "zh/straw/fire.sms.txt",
    "zh/straw/fire.subject.txt",
    "zh/order/department.email.txt",
    "zh/order/department.sms.txt",
    "zh/order/department.subject.txt",
    "zh/order/enterprise.email.txt",
    "zh/order/enterprise.sms.txt",
    "zh/order/enterprise.subject.txt",
    "zh/order/keeper.sms.txt",
    "zh/order/village.speech.txt",
    "zh/silence/duty.email.txt",
    "zh/silence/duty.sms.txt",
    "zh/silence/duty.subject.txt",
    "zh/ozone/duty.email.txt",
    "zh/ozone/duty.subject.txt",
    "zh/ozone/enterprise.email.txt",
    "zh/ozone/enterprise.sms.txt",
    "zh/ozone/enterprise.subject.txt",
    "zh/straw/duty.email.txt",
    "zh/straw/duty.subject.txt",
    "zh/straw/keeper.sms.txt",
    "zh/straw/village.speech.txt",
    "en/draft/duty.email.txt",
    "en/draft/duty.sms.txt",
    "en/draft/duty.subject.txt",
    "en/files/duty.email.txt",
    "en/files/duty.sms.txt",
    "en/files/duty.subject.txt",
    "en/forecast/duty.email.txt",
    "en/forecast/duty.sms.txt",
    "en/forecast/duty.subject.txt",
    "en/particles/enterprise.email.txt",
    "en/particles/enterprise.sms.txt",
    "en/particles/enterprise.subject.txt",
    "en/straw/fire.email.txt",
    "en/straw/fire.sms.txt",
    "en/straw/fire.subject.txt",
    "en/order/department.email.txt",
    "en/order/department.sms.txt",
    "en/order/department.subject.txt",
    "en/order/enterprise.email.txt",
    "en/order/enterprise.sms.txt",
    "en/order/enterprise.subject.txt",
    "en/order/keeper.sms.txt",
    "en/order/village.speech.txt",
    "en/silence/duty.email.txt",
    "en/silence/duty.sms.txt",
    "en/silence/duty.subject.txt",
    "en/ozone/duty.email.txt",
    "en/ozone/duty.subject.txt",
    "en/ozone/enterprise.email.txt",
    "en/ozone/enterprise.sms.txt",
    "en/ozone/enterprise.subject.txt",
    "en/straw/duty.email.txt",
    "en/straw/duty.subject.txt",
    "en/straw/keeper.sms.txt",
    "en/straw/village.speech.txt",
);

/// `examples/wuping/`.
pub const EXAMPLE: &[File] = files!("examples/wuping":
    "cuofeng.toml",
    "enterprises.csv",
    "processes.csv",
    "villages.csv",
    "staff.csv",
    "feeds/README.md",
    "feeds/make_recording.py",
    "feeds/recording.csv",
);

/// `examples/new/`: what `init` writes.
pub const NEW: &[File] = files!("examples/new":
    "cuofeng.toml",
    "enterprises.csv",
    "processes.csv",
    "villages.csv",
    "staff.csv",
    "feeds/forecast.csv",
);

//! How long the planner takes, a bench for each row of the table in `benches/README.md`: the whole command, from files
//! to file.
//!
//! The instances are made by the generator beside the project's shared notes, with seed 7; skipped where it or python3
//! is absent. How good the plans are is no matter of time: `benches/README.md` says how it is measured.

#![allow(clippy::print_stderr)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use criterion::{Criterion, criterion_group, criterion_main};

/// Name, enterprises, whether caps limit them, effort.
const ROWS: [(&str, &str, bool, &str); 7] = [
    ("30", "30", true, "fast"),
    ("100", "100", true, "fast"),
    ("1000", "1000", true, "fast"),
    ("1000 best", "1000", true, "best"),
    ("10000", "10000", true, "fast"),
    ("100000", "100000", true, "fast"),
    ("10000 without caps", "10000", false, "fast"),
];

fn generate(folder: &Path, enterprises: &str, caps: bool) -> bool {
    let generator = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/plan-generate.py");
    let mut command = Command::new("python3");
    command.arg(generator).arg(folder).args(["--seed", "7", "--enterprises", enterprises]);
    if !caps {
        command.arg("--no-caps");
    }
    command.output().is_ok_and(|output| output.status.success())
}

fn planning(c: &mut Criterion) {
    let mut group = c.benchmark_group("plan");
    group.sample_size(10).sampling_mode(criterion::SamplingMode::Flat);
    for (name, enterprises, caps, effort) in ROWS {
        let dir = tempfile::tempdir().expect("a folder");
        let mut ready = None;
        group.bench_function(name, |b| {
            // Only what is asked for is generated: the largest takes half a minute.
            if !*ready.get_or_insert_with(|| generate(dir.path(), enterprises, caps)) {
                eprintln!("skipped: no ../shared/plan-generate.py or no python3");
                return b.iter(|| ());
            }
            b.iter(|| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_cuofeng"));
                command.args(["plan", "solve", "--json", "--effort", effort, "--instance"]).arg(dir.path());
                let output = command.arg("--out").arg(dir.path().join("out.json")).output().expect("the program");
                assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
                black_box(output.stdout.len())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, planning);
criterion_main!(benches);

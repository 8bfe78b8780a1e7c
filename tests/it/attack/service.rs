//! The service as a child process, its words in a file, ended with the test.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::office::cuofeng;

/// `cuofeng run` on a site.
pub struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    pub fn start(site: &Path) -> Self {
        Self::of(cuofeng(), site)
    }

    /// A program with more in its environment, or run by a shell with limits: it is given `run --site SITE`.
    pub fn of(mut program: Command, site: &Path) -> Self {
        let log = site.with_extension("log");
        let out = File::options().create(true).append(true).open(&log).expect("a log");
        let child = program.args(["run", "--site"]).arg(site).stdout(Stdio::null()).stderr(out).spawn();
        Self { child: child.expect("the service"), log }
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Resident memory, and the largest it has been, in MB.
    pub fn memory(&self) -> (u64, u64) {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
        let of = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).unwrap_or(0) / 1024
        };
        (of("VmRSS:"), of("VmHWM:"))
    }

    /// Waits until `done`, at most so long and no longer than it lives; says whether it came.
    pub fn until(&self, limit: Duration, mut done: impl FnMut() -> bool) -> bool {
        within(limit, &mut || done() || self.is_dead()) && done()
    }

    fn is_dead(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap_or_default();
        stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
    }

    /// Asks it to end, as systemd does; how it ended, and after how long. None where it didn't within the limit.
    pub fn terminate(&mut self, limit: Duration) -> Option<(ExitStatus, Duration)> {
        let begun = Instant::now();
        self.signal("-TERM");
        self.ended(limit).map(|status| (status, begun.elapsed()))
    }

    /// Stands still, with all that it holds, until it is let go on.
    pub fn stand_still(&self) {
        self.signal("-STOP");
    }

    pub fn go_on(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([name, &self.pid().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "it was there");
    }

    /// How it ended by itself within the limit.
    pub fn ended(&mut self, limit: Duration) -> Option<ExitStatus> {
        let mut ended = None;
        within(limit, &mut || {
            ended = self.child.try_wait().expect("a child");
            ended.is_some()
        });
        ended
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.kill();
    }
}

fn within(limit: Duration, done: &mut dyn FnMut() -> bool) -> bool {
    let begun = Instant::now();
    loop {
        if done() {
            return true;
        }
        if begun.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

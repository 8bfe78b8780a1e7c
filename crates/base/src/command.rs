//! A command of the site's that turns bytes into bytes: a speech engine, an encoder, a reader of PDF.
//!
//! In: the command, what it is given on its standard input. Out: what it wrote on its standard output. Can't happen: a
//! command that never ends, or anything that it started (the whole group of processes is ended with it, at its limit, or
//! when nobody wants it any more); a process that has left the group and keeps a pipe open holding anybody up; output
//! that fills the memory; a shell in between.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::fault;
use crate::msg;
use crate::text::Message;

/// Most that a command may write: ten minutes of the fullest audio that is taken, with room to spare.
const MOST: usize = 128 * 1024 * 1024;

/// Most that is kept of what it says went wrong.
const SAID: usize = 2000;

/// How often it is looked at, whatever its pipes do.
const LOOK: Duration = Duration::from_millis(20);

/// How long a command that has ended may leave its pipes open: its output is all there, and somebody else holds them.
const LINGERS: Duration = Duration::from_millis(500);

/// How long the system may take to end what was killed. One that waits for a dead disk is left to the system.
const KILLED: Duration = Duration::from_secs(2);

/// Why a command brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// It can't be started, or its end can't be seen.
    #[error("{program}: {cause}")]
    Start {
        /// The program.
        program: String,
        /// The system's words.
        cause: String,
        /// What they mean.
        why: Message,
    },
    /// It took too long.
    #[error("{program} did not end within {seconds} seconds")]
    Limit {
        /// The program.
        program: String,
        /// The limit.
        seconds: u64,
    },
    /// It ended badly.
    #[error("{program} ended with {status}: {said}")]
    Failed {
        /// The program.
        program: String,
        /// Its status.
        status: String,
        /// What it said.
        said: String,
    },
    /// It wrote too much.
    #[error("{program} wrote more than {MOST} bytes")]
    TooMuch {
        /// The program.
        program: String,
    },
    /// Nobody waits for it any more.
    #[error("{program} was ended, since the program ends")]
    Unwanted {
        /// The program.
        program: String,
    },
}

impl CommandError {
    /// In words of the reader's language, with advice; what the system or the command said stands behind.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Start { program, why, .. } => msg!("fault.command_start", program = program, why = why.clone()),
            Self::Limit { program, seconds } => msg!("fault.command_limit", program = program, seconds = *seconds),
            Self::Failed { program, status, said } => {
                msg!("fault.command_failed", program = program, status = status, said = said)
            }
            Self::TooMuch { program } => {
                msg!("fault.command_too_much", program = program, limit = MOST >> 20)
            }
            Self::Unwanted { program } => msg!("fault.command_unwanted", program = program),
        }
    }
}

/// Runs a command to its end, or to its limit, or until it is no longer `wanted`. Blocks.
pub fn run(command: &[String], given: &[u8], limit: Duration, unwanted: &AtomicBool) -> Result<Vec<u8>, CommandError> {
    let (name, arguments) = command.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
    let program = || name.to_owned();
    let start = |cause: std::io::Error| CommandError::Start {
        program: program(),
        cause: cause.to_string(),
        why: fault::system(&cause),
    };
    let leader = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .map_err(start)?;
    let mut group = Group { leader, status: None };
    let mut pipes = Pipes::of(&mut group.leader, given).map_err(start)?;
    let begun = Instant::now();
    let mut ended_at: Option<Instant> = None;
    loop {
        pipes.pass();
        if ended_at.is_none() && group.has_ended().map_err(start)? {
            ended_at = Some(Instant::now());
        }
        let over = ended_at.is_some_and(|at| at.elapsed() >= LINGERS);
        if ended_at.is_some() && pipes.are_shut() || over {
            break;
        }
        if unwanted.load(Ordering::Relaxed) {
            return Err(CommandError::Unwanted { program: program() });
        }
        if begun.elapsed() >= limit {
            return Err(CommandError::Limit { program: program(), seconds: limit.as_secs() });
        }
        pipes.wait();
    }
    let status = group.end().map_err(start)?;
    if pipes.output.len() > MOST {
        return Err(CommandError::TooMuch { program: program() });
    }
    if !status.success() {
        let said = String::from_utf8_lossy(&pipes.errors).trim().replace('\n', " ");
        return Err(CommandError::Failed { program: program(), status: status.to_string(), said });
    }
    Ok(pipes.output)
}

/// A command and everything that it started and that has not left its group. Ended when this goes.
struct Group {
    leader: Child,
    status: Option<ExitStatus>,
}

impl Group {
    /// Whether the command has ended. It is not taken note of yet: until then nobody else can get its number, and the
    /// group's is its own.
    fn has_ended(&self) -> std::io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(Pid::from_child(&self.leader)), options)?.is_some())
    }

    /// Ends what is left of the group; gives how the command itself ended.
    fn end(&mut self) -> std::io::Result<ExitStatus> {
        if let Some(status) = self.status {
            return Ok(status);
        }
        // Nothing is left of it where this fails.
        let _ = kill_process_group(Pid::from_child(&self.leader), Signal::KILL);
        let begun = Instant::now();
        loop {
            if let Some(status) = self.leader.try_wait()? {
                self.status = Some(status);
                return Ok(status);
            }
            if begun.elapsed() >= KILLED {
                return Err(ErrorKind::TimedOut.into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// What goes in and comes out, without ever waiting for the other side.
struct Pipes<'a> {
    given: &'a [u8],
    input: Option<ChildStdin>,
    output_from: Option<ChildStdout>,
    errors_from: Option<ChildStderr>,
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl<'a> Pipes<'a> {
    fn of(child: &mut Child, given: &'a [u8]) -> std::io::Result<Self> {
        let (input, output_from, errors_from) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let all = [
            input.as_ref().map(AsFd::as_fd),
            output_from.as_ref().map(AsFd::as_fd),
            errors_from.as_ref().map(AsFd::as_fd),
        ];
        for pipe in all.into_iter().flatten() {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(Self { given, input, output_from, errors_from, output: Vec::new(), errors: Vec::new() })
    }

    /// Passes on as much as the other side takes and has.
    fn pass(&mut self) {
        if let Some(input) = &mut self.input {
            let done = loop {
                match input.write(self.given) {
                    Ok(0) => break true,
                    Ok(count) => self.given = self.given.get(count..).unwrap_or_default(),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // One that does not read all of it is judged by its end.
                    Err(error) => break error.kind() != ErrorKind::WouldBlock,
                }
            };
            if done || self.given.is_empty() {
                self.input = None;
            }
        }
        taken(&mut self.output_from, &mut self.output, MOST + 1);
        taken(&mut self.errors_from, &mut self.errors, SAID);
    }

    const fn are_shut(&self) -> bool {
        self.output_from.is_none() && self.errors_from.is_none()
    }

    /// Waits until something can be passed on, for a moment at most.
    fn wait(&self) {
        let writes = self.input.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::OUT));
        let brings = self.output_from.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN));
        let says = self.errors_from.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN));
        let mut pipes: Vec<PollFd<'_>> = [writes, brings, says].into_iter().flatten().collect();
        let moment = Timespec { tv_sec: 0, tv_nsec: LOOK.subsec_nanos().into() };
        if pipes.is_empty() || poll(&mut pipes, Some(&moment)).is_err() {
            std::thread::sleep(LOOK);
        }
    }
}

/// Takes what a pipe has, up to so many bytes in all; the rest is thrown away, so that its writer is not held up.
fn taken(pipe: &mut Option<impl Read>, bytes: &mut Vec<u8>, most: usize) {
    let Some(from) = pipe else { return };
    let mut chunk = [0; 1 << 14];
    // One that writes without end must not keep its limit from being looked at.
    for _ in 0..64 {
        match from.read(&mut chunk) {
            Ok(count) if count > 0 => {
                let room = most.saturating_sub(bytes.len()).min(count);
                bytes.extend_from_slice(chunk.get(..room).unwrap_or_default());
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            _ => {
                *pipe = None;
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    static NEVER: AtomicBool = AtomicBool::new(false);

    fn shell(script: &str) -> Vec<String> {
        ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_command_brings_what_it_wrote_or_why_it_did_not() {
        let run = |command: &[String], given: &[u8], limit| run(command, given, limit, &NEVER);
        let second = Duration::from_secs(20);
        assert_eq!(run(&shell("cat"), "一二".as_bytes(), second), Ok("一二".as_bytes().to_vec()));
        let much = vec![b'x'; 3_000_000];
        assert_eq!(run(&shell("cat"), &much, second), Ok(much.clone()), "more than a pipe holds");
        assert_eq!(run(&shell("echo a"), &much, second), Ok(b"a\n".to_vec()), "one that reads nothing");
        let failed = run(&shell("echo no voice >&2; exit 3"), b"", second);
        assert!(matches!(&failed, Err(CommandError::Failed { said, .. }) if said == "no voice"), "{failed:?}");
        let absent = run(&["/nowhere/at-all".to_owned()], b"", second);
        assert!(matches!(absent, Err(CommandError::Start { .. })), "{absent:?}");
        let slow = run(&shell("exec sleep 30"), b"", Duration::from_millis(100));
        assert!(matches!(slow, Err(CommandError::Limit { .. })), "{slow:?}");
    }

    #[test]
    fn why_a_command_brought_nothing_is_said_in_the_readers_language_with_the_original_behind() {
        let said = |command: &[String]| {
            let error = run(command, b"", Duration::from_secs(20), &NEVER).expect_err("it fails");
            error.message().text(Lang::Zh)
        };
        let absent = said(&["/nowhere/at-all".to_owned()]);
        assert!(absent.contains("启动不了：没有这个文件或文件夹（") && absent.contains("请核对"), "{absent}");
        assert!(absent.contains("/nowhere/at-all") && absent.contains("os error 2"), "{absent}");
        let failed = said(&shell("echo bad xref >&2; exit 3"));
        assert!(failed.contains("手工运行") && failed.contains("原文：bad xref"), "{failed}");
        let all = [
            CommandError::Limit { program: "p".into(), seconds: 8 },
            CommandError::TooMuch { program: "p".into() },
            CommandError::Unwanted { program: "p".into() },
        ];
        for error in all {
            let words = error.message().text(Lang::Zh);
            assert!(!words.chars().any(|c| c.is_ascii_alphabetic() && !"pMB".contains(c)), "{words}");
        }
    }

    #[test]
    fn no_wrapper_keeps_a_command_beyond_its_limit_or_leaves_anything_running() {
        let dir = tempfile::tempdir().expect("a folder");
        let mark = dir.path().join("pid");
        let note = format!("echo $$ > {}", mark.display());
        // script, limit in milliseconds, whether it brings something
        let cases = [
            // A grandchild that holds the pipes.
            (format!("sh -c '{note}; exec sleep 60' & sleep 60"), 300, false),
            (format!("sh -c '{note}; exec sleep 60' & echo a"), 5000, true),
            // Signals ignored, by the command and by what it starts.
            (format!("trap '' TERM INT HUP; {note}; sleep 60; sleep 60"), 300, false),
            // Output without end.
            (format!("{note}; exec yes"), 300, false),
            // One that shuts its pipes and stays.
            (format!("{note}; exec >&- 2>&- <&-; exec sleep 60"), 300, false),
        ];
        for (script, limit, brings) in cases {
            let begun = Instant::now();
            let came = run(&shell(&script), b"text", Duration::from_millis(limit), &NEVER);
            assert_eq!(came.is_ok(), brings, "{script}: {came:?}");
            assert!(begun.elapsed() < Duration::from_secs(4), "{script}: {:?}", begun.elapsed());
            let pid = std::fs::read_to_string(&mark).expect("a process");
            // The system takes a moment to end what was killed.
            let stat = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
            let is_gone =
                |stat: &str| stat.rsplit(')').next().is_none_or(|rest| rest.is_empty() || rest.starts_with(" Z"));
            let killed = Instant::now();
            while !is_gone(&stat()) && killed.elapsed() < Duration::from_secs(2) {
                std::thread::sleep(Duration::from_millis(5));
            }
            assert!(is_gone(&stat()), "{script}: {}", stat());
        }
        // One that has left the group is out of reach, and holds nobody up all the same.
        let begun = Instant::now();
        let came = run(&shell("setsid sh -c 'sleep 5' & sleep 60"), b"", Duration::from_millis(300), &NEVER);
        assert!(came.is_err() && begun.elapsed() < Duration::from_secs(3), "{came:?} {:?}", begun.elapsed());
    }

    #[test]
    fn a_command_that_nobody_wants_is_ended() {
        let begun = Instant::now();
        let came = run(&shell("sleep 60"), b"", Duration::from_mins(1), &AtomicBool::new(true));
        assert!(matches!(came, Err(CommandError::Unwanted { .. })), "{came:?}");
        assert!(begun.elapsed() < Duration::from_secs(3));
    }
}

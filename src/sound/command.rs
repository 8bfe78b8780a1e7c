//! A command of the site's that turns bytes into bytes: a speech engine, an encoder.
//!
//! In: the command, what it is given on its standard input. Out: what it wrote on its standard output. Can't happen: a
//! command that never ends (it is ended at its limit); one whose output fills the memory; a shell in between.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Most that a command may write: ten minutes of the fullest audio that is taken, with room to spare.
const MOST: u64 = 128 * 1024 * 1024;

/// Most that is kept of what it says went wrong.
const SAID: u64 = 2000;

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Why a command brought nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// It can't be started.
    #[error("{program}: {cause}")]
    Start {
        /// The program.
        program: String,
        /// The system's words.
        cause: String,
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
}

/// Runs a command to its end. Blocks.
pub fn run(command: &[String], given: &[u8], limit: Duration) -> Result<Vec<u8>, CommandError> {
    let (name, arguments) = command.split_first().map_or(("", &[][..]), |(name, rest)| (name.as_str(), rest));
    let program = || name.to_owned();
    let start = |cause: std::io::Error| CommandError::Start { program: program(), cause: cause.to_string() };
    let mut child = Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(start)?;
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // One that does not read all of it is judged by its end.
            input.map(|mut input| input.write_all(given))
        });
        let output = scope.spawn(move || output.map_or_else(Vec::new, |output| taken(output, MOST + 1)));
        let errors = scope.spawn(move || errors.map_or_else(Vec::new, |errors| taken(errors, SAID)));
        let status = wait(&mut child, limit);
        let output = output.join().unwrap_or_default();
        let said = String::from_utf8_lossy(&errors.join().unwrap_or_default()).trim().replace('\n', " ");
        match status {
            Err(cause) => Err(start(cause)),
            Ok(None) => Err(CommandError::Limit { program: program(), seconds: limit.as_secs() }),
            Ok(Some(_)) if u64::try_from(output.len()).unwrap_or(u64::MAX) > MOST => {
                Err(CommandError::TooMuch { program: program() })
            }
            Ok(Some(status)) if !status.success() => {
                Err(CommandError::Failed { program: program(), status: status.to_string(), said })
            }
            Ok(Some(_)) => Ok(output),
        }
    })
}

/// What a pipe brings, up to so many bytes; the rest is thrown away, so that its writer is not held up.
fn taken(mut pipe: impl Read, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = (&mut pipe).take(most).read_to_end(&mut bytes);
    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    bytes
}

/// Its status, or nothing where it was ended at its limit.
fn wait(child: &mut Child, limit: Duration) -> std::io::Result<Option<std::process::ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() >= limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(LOOK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Vec<String> {
        ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[test]
    fn a_command_brings_what_it_wrote_or_why_it_did_not() {
        let second = Duration::from_secs(20);
        assert_eq!(run(&shell("cat"), "一二".as_bytes(), second), Ok("一二".as_bytes().to_vec()));
        assert_eq!(
            run(&shell("echo a"), &vec![b'x'; 1_000_000], second),
            Ok(b"a\n".to_vec()),
            "one that reads nothing"
        );
        let failed = run(&shell("echo no voice >&2; exit 3"), b"", second);
        assert!(matches!(&failed, Err(CommandError::Failed { said, .. }) if said == "no voice"), "{failed:?}");
        let absent = run(&["/nowhere/at-all".to_owned()], b"", second);
        assert!(matches!(absent, Err(CommandError::Start { .. })), "{absent:?}");
        let slow = run(&shell("exec sleep 30"), b"", Duration::from_millis(100));
        assert!(matches!(slow, Err(CommandError::Limit { .. })), "{slow:?}");
    }
}

//! What the program writes down of itself, on standard error.
//!
//! In: events, and panics. Out: a line each. Can't happen: words from outside that command the terminal, or that look like
//! a line of their own.

use std::io::{self, IsTerminal, Write};
use std::panic;

use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::prelude::*;

use cuofeng_base::text::outside;

/// Begins: a service tells what it does, a command only what went wrong.
pub(super) fn begin(json: bool, service: bool) {
    let default = if service { "cuofeng=info,warn" } else { "cuofeng=warn,error" };
    let filter = EnvFilter::try_from_env("CUOFENG_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let colour = !json && io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(move || Lines { colour });
    // Libraries write addresses, texts and logins down at finer levels, whatever is asked for.
    let own = filter_fn(|meta| *meta.level() <= Level::WARN || meta.target().starts_with(env!("CARGO_PKG_NAME")));
    if json {
        builder.json().finish().with(own).init();
    } else {
        builder.with_ansi(colour).with_target(false).finish().with(own).init();
    }
    panic::set_hook(Box::new(|panic| {
        let words = panic.payload_as_str().unwrap_or_default();
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(at, words, "panic");
    }));
}

/// Standard error, to which each event is written at once.
struct Lines {
    colour: bool,
}

impl Write for Lines {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        io::stderr().write_all(line(&String::from_utf8_lossy(event), self.colour).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// An event as one line. Colours are commands too, the program's own: in those the formatter has escaped what others wrote.
fn line(event: &str, colour: bool) -> String {
    let event = event.strip_suffix('\n').unwrap_or(event).replace('\n', "\\n");
    let shown = if colour { event } else { outside::visible(&event).into_owned() };
    shown + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_it_says() {
        let event = "ERROR not sent said=\"1\u{1b}[2J\n2026-01-01 INFO all is well\u{9b}\"\n";
        let shown = line(event, false);
        assert_eq!(shown.matches('\n').count(), 1);
        assert!(!shown.contains(['\u{1b}', '\u{9b}']) && shown.contains("\\u001b[2J"), "{shown}");
        assert_eq!(line(event, true).matches('\n').count(), 1);
    }
}

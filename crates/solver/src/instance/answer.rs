//! An answer's file.
//!
//! In: an instance and its answer. Out: JSON, a process a line, written piece by piece: it is as large as the input.
//! Can't happen: bytes that depend on anything but the answer, `seconds` apart.

use std::io::{self, Write};

use super::Instance;
use crate::{Answer, Parts};

impl Instance {
    /// Writes an answer that took so many seconds.
    pub fn write(&self, answer: &Answer, seconds: f64, out: &mut impl Write) -> io::Result<()> {
        let Answer { objective, bound, overage, .. } = answer;
        let gap = answer.gap();
        writeln!(out, "{{\"objective\":{objective},\"bound\":{bound},\"gap\":{gap},\"overage\":{overage},")?;
        let Parts { ozone, energy, starts, night: _, disruption, overage } = answer.parts;
        write!(out, "\"parts\":{{\"ozone\":{ozone},\"energy\":{energy},\"starts\":{starts},")?;
        writeln!(out, "\"disruption\":{disruption},\"overage\":{overage}}},")?;
        if let Some(least) = answer.least_emission {
            writeln!(out, "\"least_emission\":{least},")?;
        }
        write!(out, "\"seconds\":{seconds:.3},\"multipliers\":[")?;
        let mut comma = "\n";
        for row in &answer.prices {
            let region = self.regions.get(row.region).map_or("", String::as_str);
            write!(out, "{comma}{{\"kind\":\"{}\",\"region\":", row.limited.word())?;
            serde_json::to_writer(&mut *out, region)?;
            write!(out, ",\"values\":")?;
            serde_json::to_writer(&mut *out, &row.values)?;
            write!(out, "}}")?;
            comma = ",\n";
        }
        write!(out, "],\n\"schedule\":[")?;
        comma = "\n";
        for number in 0..self.problem.len() {
            write!(out, "{comma}{{\"id\":")?;
            serde_json::to_writer(&mut *out, self.problem.name(number))?;
            write!(out, ",\"on\":[")?;
            for (place, run) in answer.runs(number).enumerate() {
                write!(out, "{}[{},{}]", if place == 0 { "" } else { "," }, run.start, run.end)?;
            }
            write!(out, "]}}")?;
            comma = ",\n";
        }
        writeln!(out, "]}}")
    }
}

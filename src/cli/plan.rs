//! `cuofeng plan`: of these `solve` plans an instance in files, without a site.
//!
//! Exit code 1 where a process can't be scheduled, 2 where the instance can't be read or the plan can't be written.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use serde_json::json;

use super::{Call, Time, at, compared, misread, planned, say};
use cuofeng_base::file;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::time::Period;
use cuofeng_plan::Said;
use cuofeng_solver::instance::{Instance, OUTLINE, TABLE};
use cuofeng_solver::{Answer, Effort, Order, Setting, solve};

#[derive(Debug, clap::Subcommand)]
pub(super) enum PlanCommand {
    Solve {
        #[arg(long, value_name = "DIR")]
        instance: PathBuf,
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..))]
        threads: Option<u8>,
        #[arg(long, value_name = "fast|best", value_parser = ["fast", "best"], default_value = "fast")]
        effort: String,
        #[arg(long)]
        strict: bool,
    },
    Show {
        #[arg(value_name = "EPISODE")]
        warning: Option<String>,
        #[command(flatten)]
        files: planned::Files,
    },
    Compare(compared::Which),
    Explain {
        enterprise: String,
        #[arg(long, value_name = "EPISODE")]
        warning: Option<String>,
    },
    Ics {
        enterprise: String,
        #[arg(long, value_name = "EPISODE")]
        warning: Option<String>,
    },
    Openadr {
        #[arg(value_name = "EPISODE")]
        warning: Option<String>,
        #[arg(long, value_name = "ID")]
        program: String,
    },
    Pin {
        process: String,
        #[arg(long, value_name = "TIME")]
        from: Time,
        #[arg(long, value_name = "TIME")]
        to: Time,
        #[arg(long)]
        off: bool,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TEXT", value_parser = super::words())]
        reason: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Cannot {
        process: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TEXT", value_parser = super::words())]
        reason: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
    Release {
        process: String,
        #[arg(long, value_name = "STAFF", value_parser = super::staff())]
        by: String,
        #[arg(long, value_name = "TIME")]
        now: Option<Time>,
    },
}

pub(super) async fn dispatch(call: &Call, command: PlanCommand) -> anyhow::Result<ExitCode> {
    match command {
        PlanCommand::Solve { instance: folder, out, threads, effort, strict } => {
            let all = || std::thread::available_parallelism().map_or(1, Into::into);
            let threads = threads.map_or_else(all, usize::from);
            let effort = if effort == "best" { Effort::Best } else { Effort::Fast };
            let order = if strict { Order::Strict } else { Order::Weighted };
            Ok(solve_files(call, &folder, &out, Setting { threads, effort, order, ..Setting::default() }))
        }
        PlanCommand::Show { warning, files } => planned::show(call, warning.as_deref(), &files).await,
        PlanCommand::Compare(which) => compared::compare(call, &which).await,
        PlanCommand::Explain { enterprise, warning } => planned::explain(call, &enterprise, warning.as_deref()).await,
        PlanCommand::Ics { enterprise, warning } => planned::ics(call, &enterprise, warning.as_deref()).await,
        PlanCommand::Openadr { warning, program } => planned::openadr(call, warning.as_deref(), &program).await,
        PlanCommand::Pin { process, from, to, off, by, reason, now } => {
            let Some(period) = Period::new(from.utc(), to.utc()) else {
                return Ok(misread(call, &msg!("planned.period")));
            };
            let said = Said::Pin { period, on: !off };
            planned::say_of(call, &process, Some(said), (&by, &reason), at(now)).await
        }
        PlanCommand::Cannot { process, by, reason, now } => {
            let said = Said::Cannot { reason: reason.clone() };
            planned::say_of(call, &process, Some(said), (&by, &reason), at(now)).await
        }
        PlanCommand::Release { process, by, now } => planned::say_of(call, &process, None, (&by, ""), at(now)).await,
    }
}

fn solve_files(call: &Call, folder: &Path, out: &Path, setting: Setting) -> ExitCode {
    let began = Instant::now();
    let instance = match read(folder) {
        Ok(instance) => instance,
        Err(findings) => return refuse(call, &findings, 2),
    };
    let answer = match solve(&instance.problem, setting) {
        Ok(answer) => answer,
        Err(found) => return refuse(call, &[instance.finding(&found)], 1),
    };
    let seconds = began.elapsed().as_secs_f64();
    if let Err(error) = write(out, &instance, &answer, seconds) {
        return misread(call, &msg!("solved.unwritable", path = out.display(), error = file::said(&error)));
    }
    if call.json {
        print_json(&instance, &answer, seconds, out);
    } else {
        print(call, &instance, &answer, seconds, out);
    }
    ExitCode::SUCCESS
}

fn read(folder: &Path) -> Result<Instance, Vec<Problem>> {
    let text = |name: &str| {
        file::text(&folder.join(name), file::MADE).map_err(|error| {
            let what = msg!("site.unreadable", error = error.message());
            let file = folder.join(name).display().to_string();
            vec![Problem::file(file, what, msg!("instance.unreadable_advice"))]
        })
    };
    Instance::read(&text(OUTLINE)?, &text(TABLE)?)
}

fn write(path: &Path, instance: &Instance, answer: &Answer, seconds: f64) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, File::create(path)?);
    instance.write(answer, seconds, &mut out)?;
    out.flush()
}

fn refuse(call: &Call, findings: &[Problem], code: u8) -> ExitCode {
    if call.json {
        let findings: Vec<_> = findings.iter().map(|f| f.json(call.lang)).collect();
        say(&json!({"schema": "cuofeng.plan.solve/1", "problems": findings}).to_string());
    } else {
        for finding in findings {
            say(&finding.render(call.lang));
        }
    }
    ExitCode::from(code)
}

fn print_json(instance: &Instance, answer: &Answer, seconds: f64, out: &Path) {
    let parts = &answer.parts;
    let value = json!({
        "schema": "cuofeng.plan.solve/1", "problems": [], "objective": answer.objective, "bound": answer.bound,
        "gap": answer.gap(), "overage": answer.overage, "least_emission": answer.least_emission,
        "parts": {"ozone": parts.ozone, "energy": parts.energy, "starts": parts.starts,
                  "disruption": parts.disruption, "overage": parts.overage},
        "processes": instance.problem.len(), "seconds": seconds, "out": out,
    });
    say(&value.to_string());
}

fn print(call: &Call, instance: &Instance, answer: &Answer, seconds: f64, out: &Path) {
    let yuan = |figure: f64| format!("{figure:.2}");
    let objective = yuan(answer.objective);
    if answer.gap() == 0.0 {
        call.tell(&msg!("solved.exact", objective = objective));
    } else {
        let gap = format!("{:.3}", 100.0 * answer.gap());
        call.tell(&msg!("solved.objective", objective = objective, bound = yuan(answer.bound), gap = gap));
    }
    let parts = &answer.parts;
    if let Some(least) = answer.least_emission {
        call.tell(&msg!("solved.strict", emission = yuan(parts.ozone + parts.overage), least = yuan(least)));
    }
    call.tell(&msg!(
        "solved.parts",
        ozone = yuan(parts.ozone),
        energy = yuan(parts.energy),
        starts = yuan(parts.starts),
        disruption = yuan(parts.disruption),
        overage = yuan(parts.overage),
    ));
    call.tell(&msg!("solved.overage", overage = format!("{:.3}", answer.overage)));
    let processes = instance.problem.len();
    call.tell(&msg!("solved.written", processes = processes, seconds = format!("{seconds:.1}"), path = out.display()));
}

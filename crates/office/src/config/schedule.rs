//! When the service works: `[schedule]`.
//!
//! In: cron lines, what to do about missed times, deadlines. Out: a [`Plan`] a job. Can't happen: a job without a line.

use serde::Deserialize;
use toml::Spanned;

use cuofeng_base::msg;
use cuofeng_base::setting::SiteText;
use cuofeng_base::text::Message;

/// Minutes after which a job that has brought nothing is told to duty staff, unless the file says otherwise.
const DEADLINE_MINUTES: u32 = 30;

/// The same for the report, for housekeeping and for backups, which nobody waits for.
const QUIET_DEADLINE_MINUTES: u32 = 720;

/// Longest deadline and grace, in minutes: how far back due times are listed.
const LONGEST_MINUTES: u32 = 7 * 1440;

/// How often it is looked who has not answered, unless the file says otherwise.
const REMIND_LINE: &str = "*/10 * * * *";

/// When the day before is written down unless the file says otherwise.
const REPORT_LINE: &str = "30 7 * * *";

/// When housekeeping is done unless the file says otherwise.
const HOUSEKEEPING_LINE: &str = "30 3 * * *";

/// When a backup is made unless the file says otherwise.
const BACKUP_LINE: &str = "15 2 * * *";

/// What the service does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Job {
    /// Asks every feed.
    Pull,
    /// Judges and decides.
    Evaluate,
    /// Reminds whoever was asked for an answer and gave none, step by step.
    Remind,
    /// Sends what is due.
    Deliver,
    /// Writes down what happened on the day before.
    Report,
    /// Thins old forecasts, tidies the database.
    Housekeeping,
    /// Makes a backup, proves it, removes the oldest.
    Backup,
}

impl Job {
    /// All jobs, in the order in which they run when due at once.
    pub const ALL: [Self; 7] =
        [Self::Pull, Self::Evaluate, Self::Remind, Self::Deliver, Self::Report, Self::Housekeeping, Self::Backup];

    /// The name in files and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Evaluate => "evaluate",
            Self::Remind => "remind",
            Self::Deliver => "deliver",
            Self::Report => "report",
            Self::Housekeeping => "housekeeping",
            Self::Backup => "backup",
        }
    }

    /// The job of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|job| job.name() == name)
    }

    /// The job in a table or sentence.
    #[must_use]
    pub const fn message(self) -> Message {
        match self {
            Self::Pull => msg!("job.pull"),
            Self::Evaluate => msg!("job.evaluate"),
            Self::Remind => msg!("job.remind"),
            Self::Deliver => msg!("job.deliver"),
            Self::Report => msg!("job.report"),
            Self::Housekeeping => msg!("job.housekeeping"),
            Self::Backup => msg!("job.backup"),
        }
    }
}

/// What becomes of due times that were missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// The latest runs, once; older ones are skipped because a later one was due.
    Latest,
    /// Each runs that is not older than so many minutes; older ones are skipped as too late.
    Grace(u32),
    /// Only what is due now runs; missed ones are skipped.
    Skip,
}

impl Missed {
    fn read(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "latest" => Some(Self::Latest),
            None if text == "skip" => Some(Self::Skip),
            Some(("grace", minutes)) => {
                let minutes = minutes.trim().parse().ok()?;
                (1..=LONGEST_MINUTES).contains(&minutes).then_some(Self::Grace(minutes))
            }
            _ => None,
        }
    }
}

/// When a job is due, and what then.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The job.
    pub job: Job,
    /// When it is due, on the site's clock.
    pub cron: croner::Cron,
    /// The same line as written.
    pub line: String,
    /// What becomes of missed due times.
    pub missed: Missed,
    /// Minutes after a due time by which the run must have succeeded; a run that takes longer is ended.
    pub deadline_minutes: u32,
}

/// `[schedule]`, checked.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// One plan a job, in the order of [`Job::ALL`].
    pub plans: Vec<Plan>,
    /// Told after every run that went well while no job is failing.
    pub heartbeat_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleSection {
    cycle: Spanned<String>,
    pull: Option<JobSection>,
    evaluate: Option<JobSection>,
    remind: Option<JobSection>,
    deliver: Option<JobSection>,
    report: Option<JobSection>,
    housekeeping: Option<JobSection>,
    backup: Option<JobSection>,
    heartbeat_url: Option<Spanned<String>>,
}

/// What may be said of one job.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct JobSection {
    at: Option<Spanned<String>>,
    missed: Option<Spanned<String>>,
    deadline_minutes: Option<Spanned<u32>>,
}

pub(super) fn read(site: &mut SiteText, section: ScheduleSection) -> Option<Schedule> {
    let cycle = section.cycle;
    let cron = cron_at(site, &cycle);
    let usual = cron.map(|cron| (cron, cycle.into_inner()));
    let own = |line: &str| super::cron(line).ok().map(|cron| (cron, line.to_owned()));
    let jobs = [
        (Job::Pull, section.pull, usual.clone(), DEADLINE_MINUTES),
        (Job::Evaluate, section.evaluate, usual.clone(), DEADLINE_MINUTES),
        (Job::Remind, section.remind, own(REMIND_LINE), DEADLINE_MINUTES),
        (Job::Deliver, section.deliver, usual, DEADLINE_MINUTES),
        (Job::Report, section.report, own(REPORT_LINE), QUIET_DEADLINE_MINUTES),
        (Job::Housekeeping, section.housekeeping, own(HOUSEKEEPING_LINE), QUIET_DEADLINE_MINUTES),
        (Job::Backup, section.backup, own(BACKUP_LINE), QUIET_DEADLINE_MINUTES),
    ];
    let plans: Vec<Option<Plan>> = jobs
        .into_iter()
        .map(|(job, own, usual, deadline)| plan(site, job, own.unwrap_or_default(), usual, deadline))
        .collect();
    let heartbeat_url = match section.heartbeat_url {
        Some(url) => Some(site.address(&url)?),
        None => None,
    };
    Some(Schedule { plans: plans.into_iter().collect::<Option<_>>()?, heartbeat_url })
}

fn plan(
    site: &mut SiteText,
    job: Job,
    own: JobSection,
    usual: Option<(croner::Cron, String)>,
    deadline: u32,
) -> Option<Plan> {
    let line = match own.at {
        Some(line) => cron_at(site, &line).map(|cron| (cron, line.into_inner())),
        None => usual,
    };
    let missed = match &own.missed {
        None => Some(Missed::Latest),
        Some(text) => {
            let read = Missed::read(text.get_ref());
            if read.is_none() {
                let what = msg!("config.missed", value = text.get_ref());
                site.problem(text.span(), what, msg!("config.missed_advice"));
            }
            read
        }
    };
    if let Some(minutes) = own.deadline_minutes.as_ref().filter(|m| !(1..=LONGEST_MINUTES).contains(m.get_ref())) {
        site.problem(minutes.span(), msg!("config.deadline"), msg!("config.deadline_advice"));
    }
    let deadline_minutes = own.deadline_minutes.map_or(deadline, Spanned::into_inner);
    let (cron, line) = line?;
    Some(Plan { job, cron, line, missed: missed?, deadline_minutes })
}

fn cron_at(site: &mut SiteText, line: &Spanned<String>) -> Option<croner::Cron> {
    match super::cron(line.get_ref()) {
        Ok(cron) => Some(cron),
        Err(error) => {
            site.problem(line.span(), error, msg!("config.cron_advice"));
            None
        }
    }
}

//! The roster: enterprises and their processes, villages, staff.
//!
//! In: four tables and the sectors, and what the site calls their columns. Out: a [`Roster`] whose references all hold, and every problem found.
//! Can't happen: a mobile or code completed from what a spreadsheet left of it; an enterprise of an unknown sector or
//! village; a problem that hides another one.

pub mod columns;
pub mod department;
pub mod duty;
mod head;
pub mod mir;
pub mod people;
pub mod process;
mod reader;
pub mod route;
pub mod sector;
pub mod table;
mod unit;
mod words;

pub use columns::{Column, Own, Table};
use cuofeng_air::fire::Place;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, Severity};
use cuofeng_base::text::Message;
use cuofeng_base::time::ClockHours;
pub use department::Department;
pub use duty::{Duty, Shift};
pub use mir::{Mir, MirError};
pub use people::{Contact, Email, Mobile, mask};
pub use process::{Figures, Kind, Process};
use reader::Reader;
pub use route::Step;
pub use sector::Sectors;

/// An enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enterprise {
    /// Identifier, unique in the site.
    pub id: String,
    /// Name.
    pub name: String,
    /// Sector identifier.
    pub sector: String,
    /// Code of its village.
    pub village: String,
    /// Performance grade of the official list.
    pub grade: Option<Grade>,
    /// Whom to tell.
    pub contact: Contact,
    /// Whom to tell if that fails.
    pub backup: Option<Contact>,
    /// In which order it is tried; all at once where it is empty.
    pub route: Vec<Step>,
    /// Exemption of the official list.
    pub exemption: Option<Exemption>,
    /// Tags that rules may choose it by.
    pub tags: Vec<String>,
    /// Its processes, or its sector's defaults.
    pub processes: Vec<Process>,
}

/// Performance grade (重污染天气绩效分级), from the official list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Best.
    A,
    /// Good.
    B,
    /// Fair.
    C,
    /// The rest.
    D,
}

impl Grade {
    /// The grade written as `A` or `A级`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_uppercase().trim_end_matches('级') {
            "A" => Some(Self::A),
            "B" => Some(Self::B),
            "C" => Some(Self::C),
            "D" => Some(Self::D),
            _ => None,
        }
    }

    /// The letter.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::A => 'A',
            Self::B => 'B',
            Self::C => 'C',
            Self::D => 'D',
        }
    }
}

/// An exemption and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemption {
    /// Its type, as the official list words it.
    pub kind: String,
    /// Its reason.
    pub reason: String,
}

/// A village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Village {
    /// Twelve-digit statistical code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Village cadre.
    pub cadre: Option<Contact>,
    /// Grid worker.
    pub grid_worker: Option<Contact>,
    /// Address of its loudspeaker; none where people read out what is to be played, over a loudspeaker or without.
    pub loudspeaker: Option<String>,
    /// Clock hours in which it may be played.
    pub play_hours: ClockHours,
    /// Where it is, for hot spots near it.
    pub place: Option<Place>,
    /// Tags that rules may choose it by.
    pub tags: Vec<String>,
}

impl Village {
    /// Whether this is its code or its name.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        self.code == text || self.name == text
    }
}

/// What a member of staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    Viewer,
    /// Draft.
    Drafter,
    /// Release what others drafted.
    Releaser,
    /// Everything, and the site itself.
    Admin,
}

impl Role {
    /// Who may draft, and say what they did or heard.
    pub const DRAFTING: [Self; 3] = [Self::Drafter, Self::Releaser, Self::Admin];
    /// Who may release what others drafted.
    pub const RELEASING: [Self; 2] = [Self::Releaser, Self::Admin];
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Name, unique in the site.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they are on duty where no dated row says who is.
    pub duty: bool,
    /// Mobile number.
    pub mobile: Option<Mobile>,
    /// Mail address.
    pub email: Option<Email>,
}

/// All tables of a site, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roster {
    /// In the order of the table.
    pub enterprises: Vec<Enterprise>,
    /// In the order of the table.
    pub villages: Vec<Village>,
    /// In the order of the table.
    pub staff: Vec<Member>,
    /// Who is on duty when; empty where the site keeps no dated roster.
    pub duties: Vec<Duty>,
    /// Departments and superiors who are copied in on orders; empty where the site names none.
    pub departments: Vec<Department>,
}

/// A table's file name and bytes.
pub type File<'a> = (&'a str, &'a [u8]);

impl Roster {
    /// Reads the tables. The roster is there only where no problem is an error.
    #[must_use]
    pub fn read(
        enterprises: File<'_>,
        processes: File<'_>,
        villages: File<'_>,
        (staff, duty, departments): (File<'_>, Option<File<'_>>, Option<File<'_>>),
        (sectors, own): (&Sectors, &Own),
    ) -> (Option<Self>, Vec<Problem>) {
        let names = [enterprises, villages].map(|(name, _)| name);
        let mut reader = Reader { sectors, own, names, problems: Vec::new() };
        let villages = reader.villages(villages);
        let mut enterprises = reader.enterprises(enterprises, &villages);
        reader.processes(processes, &mut enterprises);
        let staff = reader.staff(staff);
        let duties = duty.map_or_else(Vec::new, |file| duty::read(file, own, &staff, &mut reader.problems));
        let departments = departments.map_or_else(Vec::new, |file| department::read(file, own, &mut reader.problems));
        let fine = reader.problems.iter().all(|p| p.severity == Severity::Warning);
        (fine.then_some(Self { enterprises, villages, staff, duties, departments }), reader.problems)
    }
}

impl Roster {
    /// The village with a code.
    #[must_use]
    pub fn village(&self, code: &str) -> Option<&Village> {
        self.villages.iter().find(|v| v.code == code)
    }
}

/// What is wrong with a field of a process, and what to do.
pub(crate) fn field_messages(key: &str) -> (Message, Message) {
    match key {
        "roster.amount" => (msg!("roster.amount"), msg!("roster.amount_advice")),
        "roster.unit_emission" => (msg!("roster.unit"), msg!("roster.unit_emission")),
        "roster.unit_power" => (msg!("roster.unit"), msg!("roster.unit_power")),
        "roster.unit_yuan" => (msg!("roster.unit"), msg!("roster.unit_yuan")),
        "roster.unit_yuan_per_hour" => (msg!("roster.unit"), msg!("roster.unit_yuan_per_hour")),
        "roster.no_running" => (msg!("roster.no_running"), msg!("roster.no_running_advice")),
        "roster.emission_large" => (msg!("roster.emission_large"), msg!("roster.emission_large_advice")),
        "roster.sector_hours" => (msg!("roster.sector_hours"), msg!("roster.sector_hours_advice")),
        "roster.hours" => (msg!("roster.hours"), msg!("roster.hours_advice")),
        "roster.count" => (msg!("roster.count"), msg!("roster.count_advice")),
        "roster.flag" => (msg!("roster.flag"), msg!("roster.flag_advice")),
        "roster.mix" => (msg!("roster.mix"), msg!("roster.mix_advice")),
        "roster.species" => (msg!("roster.species"), msg!("roster.species_advice")),
        "roster.mix_sum" => (msg!("roster.mix_sum"), msg!("roster.mix_sum_advice")),
        "roster.mix_twice" => (msg!("roster.mix_twice"), msg!("roster.mix_twice_advice")),
        "roster.min_on" => (msg!("roster.min_on"), msg!("roster.min_on_advice")),
        "roster.too_few_hours" => (msg!("roster.too_few_hours"), msg!("roster.too_few_hours_advice")),
        "roster.fixed_usual" => (msg!("roster.fixed_usual"), msg!("roster.fixed_usual_advice")),
        _ => (msg!("roster.kind"), msg!("roster.kind_advice")),
    }
}

#[cfg(test)]
mod tests;

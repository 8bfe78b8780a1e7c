//! The roster: enterprises and their processes, villages, staff.
//!
//! In: four tables and the sectors. Out: a [`Roster`] whose references all hold, and every problem found.
//! Can't happen: a mobile or code completed from what a spreadsheet left of it; an enterprise of an unknown sector or
//! village; a problem that hides another one.

mod columns;
pub mod department;
pub mod duty;
pub mod mir;
pub mod people;
pub mod process;
pub mod route;
pub mod sector;
pub mod table;

use std::collections::BTreeMap;

use crate::fire::Place;
use crate::msg;
use crate::problem::is_identifier;
use crate::problem::{Problem, Severity, nearest};
use crate::text::Message;
use crate::time::ClockHours;
use columns::{ENTERPRISES, PROCESSES, STAFF, VILLAGES};
pub use department::Department;
pub use duty::{Duty, Shift};
pub use mir::Mir;
pub use people::{Contact, Email, Mobile, mask};
pub use process::{Figures, Kind, Process};
pub use route::Step;
pub use sector::Sectors;
use table::{ColumnName, Row};

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
    /// Address of its loudspeaker.
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
        sectors: &Sectors,
    ) -> (Option<Self>, Vec<Problem>) {
        let mut reader = Reader { sectors, problems: Vec::new() };
        let villages = reader.villages(villages);
        let mut enterprises = reader.enterprises(enterprises, &villages);
        reader.processes(processes, &mut enterprises);
        let staff = reader.staff(staff);
        let duties = duty.map_or_else(Vec::new, |file| duty::read(file, &staff, &mut reader.problems));
        let departments = departments.map_or_else(Vec::new, |file| department::read(file, &mut reader.problems));
        let fine = reader.problems.iter().all(|p| p.severity == Severity::Warning);
        (fine.then_some(Self { enterprises, villages, staff, duties, departments }), reader.problems)
    }
}

/// The tags of a row, parted by semicolons, commas or spaces.
fn tags(row: &Row<'_>) -> Vec<String> {
    let parts = row.get("tags").split(|c: char| matches!(c, ';' | '；' | ',' | '，' | '、') || c.is_whitespace());
    parts.filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
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

struct Reader<'s> {
    sectors: &'s Sectors,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn rows<'a>(&mut self, file: File<'a>, columns: &[ColumnName], key: &str) -> Vec<Row<'a>> {
        let rows = table::read(file.0, file.1, columns, &mut self.problems);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        rows.into_iter()
            .filter(|row| {
                let id = row.ascii(key);
                if id.is_empty() {
                    self.problem(row, key, msg!("roster.empty"), msg!("roster.empty_advice"));
                } else if let Some(first) = seen.get(&id) {
                    let what = msg!("roster.twice", first = *first, second = row.number);
                    self.problem(row, key, what, msg!("roster.twice_advice"));
                } else {
                    seen.insert(id, row.number);
                    return true;
                }
                false
            })
            .collect()
    }

    fn problem(&mut self, row: &Row<'_>, column: &str, what: Message, advice: Message) {
        self.problems.push(row.problem(column, what, advice));
    }

    fn named(&mut self, row: &Row<'_>, column: &str) -> String {
        let name = row.get(column).to_owned();
        if name.is_empty() {
            self.problem(row, column, msg!("roster.empty"), msg!("roster.empty_advice"));
        }
        name
    }

    fn villages(&mut self, file: File<'_>) -> Vec<Village> {
        let rows = self.rows(file, &VILLAGES, "code");
        rows.iter()
            .map(|row| {
                let code = row.ascii("code");
                if code.contains(['e', 'E', '.']) {
                    self.problem(row, "code", msg!("roster.code_scientific"), msg!("roster.text_format_advice"));
                } else if code.len() != 12 || !code.bytes().all(|b| b.is_ascii_digit()) {
                    self.problem(row, "code", msg!("roster.code"), msg!("roster.code_advice"));
                }
                let play = row.ascii("play_hours");
                let default = ClockHours::parse("07-21").unwrap_or_default();
                let play_hours = if play.is_empty() { default } else { self.hours(row, "play_hours", &play) };
                let name = self.named(row, "name");
                let known = |c: Contact| (c != Contact::default()).then_some(c);
                let cadre = known(people::contact(row, ["cadre", "cadre_mobile", ""], &mut self.problems));
                let grid_worker = known(people::contact(row, ["grid_worker", "grid_mobile", ""], &mut self.problems));
                let loudspeaker = Some(row.ascii("loudspeaker")).filter(|s| !s.is_empty());
                let place = self.place(row);
                Village { code, name, cadre, grid_worker, loudspeaker, play_hours, place, tags: tags(row) }
            })
            .collect()
    }

    /// Degrees as written, to the millionth; both or neither.
    fn place(&mut self, row: &Row<'_>) -> Option<Place> {
        let degrees = |column: &str| {
            let text = row.ascii(column);
            (!text.is_empty()).then(|| text.parse::<f64>().ok().filter(|d| d.abs() <= 180.0))
        };
        let (latitude, longitude) = match (degrees("latitude"), degrees("longitude")) {
            (None, None) => return None,
            (Some(Some(latitude)), Some(Some(longitude))) => (latitude, longitude),
            (Some(Some(_)), _) => {
                self.problem(row, "longitude", msg!("roster.place"), msg!("roster.place_advice"));
                return None;
            }
            _ => {
                self.problem(row, "latitude", msg!("roster.place"), msg!("roster.place_advice"));
                return None;
            }
        };
        // At most 180 million: fits.
        #[expect(clippy::cast_possible_truncation)]
        let millionths = |degrees: f64| (degrees * 1e6).round() as i32;
        let place = Place::new(millionths(latitude), millionths(longitude));
        if place.is_none() {
            self.problem(row, "latitude", msg!("roster.place"), msg!("roster.place_advice"));
        }
        place
    }

    fn hours(&mut self, row: &Row<'_>, column: &str, text: &str) -> ClockHours {
        ClockHours::parse(text).unwrap_or_else(|| {
            self.problem(row, column, msg!("roster.hours"), msg!("roster.hours_advice"));
            ClockHours::NONE
        })
    }

    fn enterprises(&mut self, file: File<'_>, villages: &[Village]) -> Vec<Enterprise> {
        let rows = self.rows(file, &ENTERPRISES, "id");
        rows.iter()
            .map(|row| {
                let id = row.ascii("id");
                if spoilt(&id, 18) {
                    self.problem(row, "id", msg!("roster.code_scientific"), msg!("roster.text_format_advice"));
                } else if !is_identifier(&id.to_ascii_lowercase()) {
                    self.problem(row, "id", msg!("roster.id"), msg!("roster.id_advice"));
                }
                let village = row.ascii("village");
                let by_name = villages.iter().find(|v| v.code == village || v.name == row.get("village"));
                if by_name.is_none() {
                    self.problem(row, "village", msg!("roster.village"), msg!("roster.village_advice"));
                }
                if villages.iter().filter(|v| v.name == row.get("village")).count() > 1 {
                    self.problem(row, "village", msg!("roster.village_twice"), msg!("roster.village_twice_advice"));
                }
                let exemption = match (row.get("exemption"), row.get("exemption_reason")) {
                    ("", "") => None,
                    (kind, reason) if !kind.is_empty() && !reason.is_empty() => {
                        Some(Exemption { kind: kind.to_owned(), reason: reason.to_owned() })
                    }
                    _ => {
                        let advice = msg!("roster.exemption_advice");
                        self.problem(row, "exemption_reason", msg!("roster.exemption"), advice);
                        None
                    }
                };
                let (sector, grade, name) = (self.sector(row), self.grade(row), self.named(row, "name"));
                let contact = people::contact(row, ["contact", "mobile", "email"], &mut self.problems);
                let columns = ["backup_contact", "backup_mobile", "backup_email"];
                let backup = people::contact(row, columns, &mut self.problems);
                let route = route::parse(row.get("route")).unwrap_or_else(|(what, advice)| {
                    self.problem(row, "route", what, advice);
                    Vec::new()
                });
                Enterprise {
                    route,
                    processes: Vec::new(),
                    village: by_name.map_or(village, |v| v.code.clone()),
                    backup: (backup != Contact::default()).then_some(backup),
                    id,
                    name,
                    sector,
                    grade,
                    contact,
                    exemption,
                    tags: tags(row),
                }
            })
            .collect()
    }

    fn sector(&mut self, row: &Row<'_>) -> String {
        let text = row.get("sector");
        if let Some(id) = self.sectors.find(text) {
            return id.to_owned();
        }
        let advice = match nearest(text, self.sectors.ids()) {
            Some(meant) => msg!("roster.meant", meant = meant),
            None => msg!("roster.sector_advice", known = self.sectors.ids().collect::<Vec<_>>().join(", ")),
        };
        self.problem(row, "sector", msg!("roster.sector"), advice);
        text.to_owned()
    }

    fn grade(&mut self, row: &Row<'_>) -> Option<Grade> {
        let cell = row.ascii("grade");
        let grade = Grade::parse(&cell);
        if grade.is_none() && !cell.is_empty() {
            self.problem(row, "grade", msg!("roster.grade"), msg!("roster.grade_advice"));
        }
        grade
    }

    fn processes(&mut self, file: File<'_>, enterprises: &mut [Enterprise]) {
        for row in self.rows(file, &PROCESSES, "id") {
            let owner = row.ascii("enterprise");
            let at = enterprises.iter().position(|e| e.id == owner);
            if at.is_none() {
                self.problem(&row, "enterprise", msg!("roster.enterprise"), msg!("roster.enterprise_advice"));
            }
            let activity = if let Some(activity) = self.sectors.activity(row.get("activity")) {
                activity.to_owned()
            } else {
                let known = self.sectors.activities().collect::<Vec<_>>().join(", ");
                let what = msg!("roster.activity", value = row.get("activity"));
                self.problem(&row, "activity", what, msg!("roster.known_advice", known = known));
                String::new()
            };
            let name = self.named(&row, "name");
            let id = row.ascii("id");
            match fields(&row).process(id, name, activity, Figures::Confirmed, self.sectors.mir()) {
                Ok(process) => {
                    if let Some(enterprise) = at.and_then(|i| enterprises.get_mut(i)) {
                        enterprise.processes.push(process);
                    }
                }
                Err(errors) => {
                    for (column, key) in errors {
                        let (what, advice) = field_messages(key);
                        self.problem(&row, column, what, advice);
                    }
                }
            }
        }
        for enterprise in enterprises.iter_mut().filter(|e| e.processes.is_empty()) {
            enterprise.processes = self.sectors.defaults(&enterprise.sector, &enterprise.id);
        }
    }

    fn staff(&mut self, file: File<'_>) -> Vec<Member> {
        let rows = self.rows(file, &STAFF, "name");
        rows.iter()
            .map(|row| {
                let role = match row.ascii("role").to_ascii_lowercase().as_str() {
                    "viewer" | "查看" => Role::Viewer,
                    "drafter" | "拟稿" => Role::Drafter,
                    "releaser" | "签发" => Role::Releaser,
                    "admin" | "管理员" => Role::Admin,
                    _ => {
                        self.problem(row, "role", msg!("roster.role"), msg!("roster.role_advice"));
                        Role::Viewer
                    }
                };
                let duty = match row.ascii("duty").to_ascii_lowercase().as_str() {
                    "" | "no" | "否" | "0" => false,
                    "yes" | "是" | "1" | "✓" | "√" | "值班" => true,
                    _ => {
                        self.problem(row, "duty", msg!("roster.duty"), msg!("roster.duty_advice"));
                        false
                    }
                };
                let contact = people::contact(row, ["name", "mobile", "email"], &mut self.problems);
                Member { name: contact.name, role, duty, mobile: contact.mobile, email: contact.email }
            })
            .collect()
    }
}

/// Whether a code of that many digits was a spreadsheet's number: beyond fifteen digits those are zeros.
fn spoilt(code: &str, digits: usize) -> bool {
    let scientific = code.contains(['+', '.']) && code.starts_with(|c: char| c.is_ascii_digit());
    let all_digits = code.len() == digits && code.bytes().all(|b| b.is_ascii_digit());
    scientific || (all_digits && digits > 15 && code.ends_with(&"0".repeat(digits - 15)))
}

fn fields(row: &Row<'_>) -> process::Fields {
    process::Fields {
        kind: row.ascii("kind").to_ascii_lowercase(),
        slots_per_day: row.ascii("slots_per_day"),
        duration: row.ascii("duration"),
        batches_per_day: row.ascii("batches_per_day"),
        min_on: row.ascii("min_on"),
        min_off: row.ascii("min_off"),
        voc: row.ascii("voc"),
        nox: row.ascii("nox"),
        reactivity: row.ascii("reactivity"),
        power: row.ascii("power"),
        start_cost: row.ascii("start_cost"),
        disruption: row.ascii("disruption"),
        allowed: row.ascii("allowed"),
        usual: row.ascii("usual"),
        near_homes: row.ascii("near_homes").to_ascii_lowercase(),
        workdays: row.ascii("workdays").to_ascii_lowercase(),
        voc_mix: row.get("voc_mix").to_owned(),
        night_premium: row.ascii("night_premium"),
    }
}

#[cfg(test)]
mod tests;

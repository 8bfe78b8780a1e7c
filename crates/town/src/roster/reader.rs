//! Reading the roster's tables.
//!
//! In: the tables, the sectors. Out: what each row says, and every problem found. Can't happen: a row passed over without
//! a problem that names it.

use std::collections::BTreeMap;

use super::columns::{Own, Table};
use super::table::{self, Row};
use super::unit::Per;
use super::words::{self, Loudspeaker};
use super::{Contact, Enterprise, Exemption, Figures, File, Grade, Member, Role, Sectors, Village};
use super::{field_messages, people, process, route, unit};
use cuofeng_air::fire::Place;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, is_identifier, nearest};
use cuofeng_base::text::Message;
use cuofeng_base::time::ClockHours;

/// The villages' loudspeakers so far.
#[derive(Default)]
struct Speakers {
    /// Which village has which address.
    at: BTreeMap<String, String>,
    /// Villages whose loudspeaker only people can reach.
    by_hand: Vec<String>,
}

/// Reads the tables, one after the other.
pub(super) struct Reader<'s> {
    pub(super) sectors: &'s Sectors,
    pub(super) own: &'s Own,
    /// The files of enterprises and villages, as people know them.
    pub(super) names: [&'s str; 2],
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    fn rows<'a>(&mut self, file: File<'a>, table: Table, key: &str) -> Vec<Row<'a>> {
        let rows = table::read(file, table, self.own, &mut self.problems);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        rows.into_iter()
            .filter(|row| {
                let id = row.ascii(key);
                if id.is_empty() {
                    if row.is_blank(key) {
                        self.problem(row, key, msg!("roster.empty"), msg!("roster.empty_advice"));
                    }
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
        if row.is_blank(column) {
            self.problem(row, column, msg!("roster.empty"), msg!("roster.empty_advice"));
        }
        name
    }

    pub(super) fn villages(&mut self, file: File<'_>) -> Vec<Village> {
        let rows = self.rows(file, Table::Villages, "code");
        let mut speakers = Speakers::default();
        let villages = rows
            .iter()
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
                let loudspeaker = self.loudspeaker(row, &name, &mut speakers);
                let place = self.place(row);
                Village { code, name, cadre, grid_worker, loudspeaker, play_hours, place, tags: tags(row) }
            })
            .collect();
        if !speakers.by_hand.is_empty() {
            let what = msg!("roster.by_hand", villages = speakers.by_hand);
            self.problems.push(Problem::file(file.0, what, msg!("roster.by_hand_advice")).as_warning());
        }
        villages
    }

    /// The address of a village's loudspeaker. Two villages can't share one: each would be told what the other is.
    fn loudspeaker(&mut self, row: &Row<'_>, village: &str, speakers: &mut Speakers) -> Option<String> {
        match words::loudspeaker(&row.ascii("loudspeaker")) {
            Loudspeaker::None => None,
            Loudspeaker::ByHand => {
                speakers.by_hand.push(village.to_owned());
                None
            }
            Loudspeaker::At(address) => {
                if let Some(first) = speakers.at.insert(address.clone(), village.to_owned()) {
                    let what = msg!("roster.loudspeaker_twice", first = first);
                    self.problem(row, "loudspeaker", what, msg!("roster.loudspeaker_twice_advice"));
                }
                Some(address)
            }
        }
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

    pub(super) fn enterprises(&mut self, file: File<'_>, villages: &[Village]) -> Vec<Enterprise> {
        let rows = self.rows(file, Table::Enterprises, "id");
        if villages.is_empty() && !rows.is_empty() {
            // Said once: in no row is anything wrong that its writer could mend.
            let what = msg!("roster.no_villages", count = rows.len());
            let advice = msg!("roster.no_villages_advice", file = self.names[1]);
            self.problems.push(Problem::file(self.names[1], what, advice));
        }
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
                if by_name.is_none() && !villages.is_empty() && !row.is_unworked("village") {
                    self.problem(
                        row,
                        "village",
                        msg!("roster.village"),
                        msg!("roster.village_advice", file = self.names[1]),
                    );
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
        let advice = match nearest(text, self.sectors.sector_names()) {
            Some(meant) => msg!("roster.meant", meant = meant),
            None => msg!("roster.sector_advice", known = self.sectors.listed()),
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

    pub(super) fn processes(&mut self, file: File<'_>, enterprises: &mut [Enterprise]) {
        let mut converted = Vec::new();
        for row in self.rows(file, Table::Processes, "id") {
            let owner = row.ascii("enterprise");
            let at = enterprises.iter().position(|e| e.id == owner);
            if at.is_none() {
                let advice = msg!("roster.enterprise_advice", file = self.names[0]);
                self.problem(&row, "enterprise", msg!("roster.enterprise"), advice);
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
            converted.extend(["voc", "nox"].iter().filter_map(|column| yearly(&row, column)));
            let hours = at.and_then(|i| self.sectors.allowed(&enterprises.get(i)?.sector, &activity));
            let names = [row.ascii("id"), name, activity];
            match fields(&row).process(names, Figures::Confirmed, hours, self.sectors.mir()) {
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
        converted.dedup();
        if !converted.is_empty() {
            let what = msg!("roster.converted", rows = converted.iter().map(usize::to_string).collect::<Vec<_>>());
            self.problems.push(Problem::file(file.0, what, msg!("roster.converted_advice")).as_warning());
        }
        for enterprise in enterprises.iter_mut().filter(|e| e.processes.is_empty()) {
            enterprise.processes = self.sectors.defaults(&enterprise.sector, &enterprise.id);
        }
    }

    pub(super) fn staff(&mut self, file: File<'_>) -> Vec<Member> {
        let rows = self.rows(file, Table::Staff, "name");
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
                let duty = match row.ascii("duty").as_str() {
                    "" => false,
                    "值班" => true,
                    cell => words::yes_or_no(cell).unwrap_or_else(|| {
                        self.problem(row, "duty", msg!("roster.duty"), msg!("roster.duty_advice"));
                        false
                    }),
                };
                let contact = people::contact(row, ["name", "mobile", "email"], &mut self.problems);
                if people::is_programs(&contact.name) {
                    self.problem(row, "name", msg!("roster.own_name"), msg!("roster.own_name_advice"));
                }
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

/// The row's number, where a figure in it is one of a day, a month or a year.
fn yearly(row: &Row<'_>, column: &str) -> Option<usize> {
    let figure = unit::figure(&row.measured(column), unit::Quantity::Emission).ok()?;
    (figure.per != Per::Hour).then_some(row.number)
}

fn fields(row: &Row<'_>) -> process::Fields {
    process::Fields {
        kind: row.ascii("kind").to_ascii_lowercase(),
        slots_per_day: row.ascii("slots_per_day"),
        duration: row.ascii("duration"),
        batches_per_day: row.ascii("batches_per_day"),
        min_on: row.ascii("min_on"),
        min_off: row.ascii("min_off"),
        voc: row.measured("voc"),
        nox: row.measured("nox"),
        reactivity: row.ascii("reactivity"),
        power: row.measured("power"),
        start_cost: row.measured("start_cost"),
        disruption: row.measured("disruption"),
        allowed: row.ascii("allowed"),
        usual: row.ascii("usual"),
        near_homes: row.ascii("near_homes").to_ascii_lowercase(),
        workdays: row.ascii("workdays").to_ascii_lowercase(),
        voc_mix: row.get("voc_mix").to_owned(),
        night_premium: row.measured("night_premium"),
    }
}

/// The tags of a row, parted by semicolons, commas or spaces.
fn tags(row: &Row<'_>) -> Vec<String> {
    let parts = row.get("tags").split(|c: char| matches!(c, ';' | '；' | ',' | '，' | '、') || c.is_whitespace());
    parts.filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

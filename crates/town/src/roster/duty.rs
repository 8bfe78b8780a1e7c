//! The dated roster: who is on duty when, and who stands in.
//!
//! In: `duty.csv`, where a site has one, and a local time. Out: the [`Shift`] of that time. Can't happen: a name that is
//! not among the staff; a time at which nobody is on duty because a row is missing (then those marked in the table of
//! staff are).

use chrono::{NaiveDate, NaiveDateTime};

use super::columns::{Own, Table};
use super::table::{self, Row};
use super::{File, Member, Role, Roster};
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, nearest};

/// One row: from when to when whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// First local minute.
    pub from: NaiveDateTime,
    /// The local minute at which it ends, itself no more part of it.
    pub to: NaiveDateTime,
    /// Who is on duty.
    pub name: String,
    /// Who stands in.
    pub deputy: Option<String>,
}

/// Who is on duty at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shift {
    on: Vec<String>,
    deputies: Vec<String>,
}

impl Shift {
    /// Whether a member of staff is on duty.
    #[must_use]
    pub fn has(&self, member: &Member) -> bool {
        self.on.contains(&member.name)
    }

    /// Whether a member of staff stands in for one on duty.
    #[must_use]
    pub fn deputises(&self, member: &Member) -> bool {
        self.deputies.contains(&member.name) && !self.has(member)
    }
}

impl Roster {
    /// Whether a member of staff has one of the roles.
    #[must_use]
    pub fn may(&self, by: &str, roles: &[Role]) -> bool {
        self.staff.iter().any(|member| member.name == by && roles.contains(&member.role))
    }

    /// Who is on duty at a local time: by the dated rows that hold it, else by the marks in the table of staff.
    #[must_use]
    pub fn shift(&self, at: NaiveDateTime) -> Shift {
        let rows = || self.duties.iter().filter(|duty| duty.from <= at && at < duty.to);
        if rows().next().is_none() {
            let marked = self.staff.iter().filter(|member| member.duty);
            return Shift { on: marked.map(|member| member.name.clone()).collect(), deputies: Vec::new() };
        }
        Shift {
            on: rows().map(|duty| duty.name.clone()).collect(),
            deputies: rows().filter_map(|duty| duty.deputy.clone()).collect(),
        }
    }

    /// Everybody who is on duty at any time.
    #[must_use]
    pub fn any_shift(&self) -> Shift {
        let marked = self.staff.iter().filter(|member| member.duty).map(|member| member.name.clone());
        let on = marked.chain(self.duties.iter().map(|duty| duty.name.clone())).collect();
        Shift { on, deputies: self.duties.iter().filter_map(|duty| duty.deputy.clone()).collect() }
    }
}

/// Reads the table against the staff.
pub(super) fn read(file: File<'_>, own: &Own, staff: &[Member], problems: &mut Vec<Problem>) -> Vec<Duty> {
    let rows = table::read(file, Table::Duty, own, problems);
    rows.iter().filter_map(|row| one(row, staff, problems)).collect()
}

fn one(row: &Row<'_>, staff: &[Member], problems: &mut Vec<Problem>) -> Option<Duty> {
    let mut time = |column: &str, end: bool| {
        let found = parse(&row.ascii(column), end);
        if found.is_none() {
            problems.push(row.problem(column, msg!("roster.duty_time"), msg!("roster.duty_time_advice")));
        }
        found
    };
    let (from, to) = (time("from", false), time("to", true));
    let mut member = |column: &str| {
        let name = row.get(column);
        if name.is_empty() || staff.iter().any(|member| member.name == name) {
            return;
        }
        let advice = match nearest(name, staff.iter().map(|member| member.name.as_str())) {
            Some(meant) => msg!("roster.meant", meant = meant),
            None => msg!("roster.duty_name_advice"),
        };
        problems.push(row.problem(column, msg!("roster.duty_name"), advice));
    };
    member("name");
    member("deputy");
    let (from, to) = (from?, to?);
    if row.get("name").is_empty() {
        problems.push(row.problem("name", msg!("roster.empty"), msg!("roster.empty_advice")));
        return None;
    }
    if to <= from {
        problems.push(row.problem("to", msg!("roster.duty_order"), msg!("roster.duty_time_advice")));
        return None;
    }
    let deputy = Some(row.get("deputy").to_owned()).filter(|name| !name.is_empty());
    Some(Duty { from, to, name: row.get("name").to_owned(), deputy })
}

/// A day, or a day and a time; a day alone as an end is the end of that day.
fn parse(cell: &str, end: bool) -> Option<NaiveDateTime> {
    let cell = cell.replace('/', "-").replace('T', " ");
    let (day, time) = cell.split_once(' ').map_or((cell.as_str(), None), |(day, time)| (day, Some(time.trim())));
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    match time {
        Some("24:00") => day.succ_opt()?.and_hms_opt(0, 0, 0),
        Some(time) => {
            let time =
                ["%H:%M", "%H:%M:%S"].iter().find_map(|form| chrono::NaiveTime::parse_from_str(time, form).ok())?;
            Some(day.and_time(time))
        }
        None if end => day.succ_opt()?.and_hms_opt(0, 0, 0),
        None => day.and_hms_opt(0, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staff() -> Vec<Member> {
        let member =
            |name: &str, duty| Member { name: name.into(), role: Role::Releaser, duty, mobile: None, email: None };
        vec![member("甲", true), member("乙", false), member("丙", false)]
    }

    fn roster(table: &str) -> (Roster, Vec<Problem>) {
        let mut problems = Vec::new();
        let duties = read(("duty.csv", table.as_bytes()), &Own::default(), &staff(), &mut problems);
        (Roster { staff: staff(), duties, ..Roster::default() }, problems)
    }

    fn on(roster: &Roster, at: &str) -> (Vec<String>, Vec<String>) {
        let shift = roster.shift(NaiveDateTime::parse_from_str(at, "%Y-%m-%d %H:%M").expect("a time"));
        (shift.on, shift.deputies)
    }

    #[test]
    fn the_dated_rows_say_who_is_on_duty_and_the_marks_say_it_where_there_is_no_row() {
        let (roster, problems) =
            roster("开始,结束,值班人,代班人\n2026-10-01,2026-10-03,乙,丙\n2026/10/4 20:00,2026/10/5 8:00,丙,\n");
        assert_eq!(problems, []);
        let names = |list: &[&str]| list.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        for (at, who, deputies) in [
            ("2026-09-30 23:59", &["甲"][..], &[][..]),
            ("2026-10-01 00:00", &["乙"], &["丙"]),
            ("2026-10-03 23:59", &["乙"], &["丙"]),
            ("2026-10-04 00:00", &["甲"], &[]),
            ("2026-10-04 20:00", &["丙"], &[]),
            ("2026-10-05 07:59", &["丙"], &[]),
            ("2026-10-05 08:00", &["甲"], &[]),
        ] {
            assert_eq!(on(&roster, at), (names(who), names(deputies)), "{at}");
        }
    }

    #[test]
    fn a_row_that_cannot_be_meant_is_told_at_its_cell() {
        let cases = [
            ("2026-10-01,2026-10-03,丁,", "roster.duty_name"),
            ("2026-10-01,2026-10-03,甲,丁", "roster.duty_name"),
            ("2026-10-03,2026-10-01,甲,", "roster.duty_order"),
            ("十月一日,2026-10-03,甲,", "roster.duty_time"),
            ("2026-10-01 25:00,2026-10-03,甲,", "roster.duty_time"),
            ("2026-10-01,2026-10-03,,", "roster.empty"),
        ];
        for (row, key) in cases {
            let (_, problems) = roster(&format!("from,to,name,deputy\n{row}\n"));
            assert_eq!(problems.iter().map(|p| p.what.key()).collect::<Vec<_>>(), [key], "{row}");
        }
    }
}

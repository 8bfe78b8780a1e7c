//! Departments and superiors who are copied in on official orders.
//!
//! In: `departments.csv`, where a site has one. Out: whom to copy in on which subject. Can't happen: one without any
//! address.

use super::columns::{Own, Table};
use super::{Contact, File, people, table};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;

/// A department or superior.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Department {
    /// Name and how to reach it.
    pub contact: Contact,
    /// The subjects it is copied in on; all where none is named.
    pub subjects: Vec<String>,
}

impl Department {
    /// Whether it is copied in on orders about something.
    #[must_use]
    pub fn takes(&self, subject: &str) -> bool {
        self.subjects.is_empty() || self.subjects.iter().any(|own| subject.contains(own.as_str()))
    }
}

/// Reads the table.
pub(super) fn read(file: File<'_>, own: &Own, problems: &mut Vec<Problem>) -> Vec<Department> {
    let rows = table::read(file, Table::Departments, own, problems);
    let mut departments = Vec::new();
    for row in &rows {
        let contact = people::contact(row, ["name", "mobile", "email"], problems);
        if contact.name.is_empty() {
            problems.push(row.problem("name", msg!("roster.empty"), msg!("roster.empty_advice")));
        } else if contact.mobile.is_none() && contact.email.is_none() {
            problems.push(row.problem("name", msg!("roster.department"), msg!("roster.department_advice")));
        }
        let parts = row.get("subjects").split([';', '；', ',', '，', '、']);
        let subjects = parts.map(str::trim).filter(|subject| !subject.is_empty()).map(str::to_owned).collect();
        departments.push(Department { contact, subjects });
    }
    departments
}

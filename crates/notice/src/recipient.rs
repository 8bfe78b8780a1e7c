//! Recipients: who is told by a rule, and the ways to them.
//!
//! In: a `tell` of a rule, the roster, the shift. Out: [`Recipient`]s in the roster's order. Can't happen: somebody twice;
//! a way without an address.

use super::{Audience, Part, Reserve};
use cuofeng_base::text::hex;
use cuofeng_base::word::Form;
use cuofeng_rules::{Recipients, Tell};
use cuofeng_town::roster::{Contact, Enterprise, Member, Role, Roster, Shift};

/// One recipient as the roster knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient<'a> {
    /// Class.
    pub audience: Audience,
    /// Identifier, stable across revisions, made of letters, digits and `-`.
    pub id: String,
    /// Name, as the notice addresses it.
    pub name: String,
    /// Person to whom it goes, if one is named.
    pub person: Option<String>,
    /// The enterprise, where it is one.
    pub enterprise: Option<&'a Enterprise>,
    pub(super) email: Option<String>,
    pub(super) mobile: Option<String>,
    pub(super) loudspeaker: Option<String>,
    /// The ways to it, one after another; all at once where it is empty.
    pub(super) ways: Vec<(bool, Form, String)>,
}

impl Recipient<'_> {
    /// Whether a form is a step of its order.
    #[must_use]
    pub fn is_step(&self, form: Form) -> bool {
        self.ways.iter().any(|(_, step, _)| *step == form)
    }

    /// Somebody of a class, by a contact.
    #[must_use]
    pub fn of(audience: Audience, id: String, name: String, contact: &Contact) -> Recipient<'static> {
        person(audience, id, name, contact)
    }

    /// Somebody who is in the tables no more, by the addresses that letters went to.
    #[must_use]
    pub fn known(audience: Audience, id: String, name: String, addresses: &[(Form, String)]) -> Recipient<'static> {
        let of = |form| addresses.iter().find(|(known, _)| *known == form).map(|(_, address)| address.clone());
        let (email, mobile, loudspeaker) = (of(Form::Email), of(Form::Sms), of(Form::Speech));
        Recipient { email, mobile, loudspeaker, ..person(audience, id, name, &Contact::default()) }
    }

    /// Whether a notice of `tell` reaches it by mail whatever else does: a step of an order may never be taken.
    #[must_use]
    pub fn mailed(&self, tell: &Tell) -> bool {
        tell.forms.contains(&Form::Email) && self.email.is_some() && self.ways.is_empty()
    }

    /// The address for a form.
    #[must_use]
    pub fn address(&self, form: Form) -> Option<&str> {
        match form {
            Form::Email => self.email.as_deref(),
            Form::Sms => self.mobile.as_deref(),
            Form::Speech => self.loudspeaker.as_deref(),
        }
    }
}

/// Everyone whom a `tell` of a rule names, in the roster's order; of staff, those of the shift. Enterprises that are
/// `free` are left out.
#[must_use]
pub fn select<'a>(
    tell: &Tell,
    roster: &'a Roster,
    shift: &Shift,
    free: &dyn Fn(&Enterprise) -> bool,
) -> Vec<Recipient<'a>> {
    match &tell.to {
        Recipients::Enterprises => roster
            .enterprises
            .iter()
            .filter(|e| tell.of.takes(e, roster.village(&e.village)) && !free(e))
            .map(|e| {
                let mut recipient = person(Audience::Enterprise, e.id.clone(), e.name.clone(), &e.contact);
                recipient.enterprise = Some(e);
                if let Some(backup) = &e.backup {
                    // Whoever can be reached is told; the notice still names the first contact.
                    let second = person(Audience::Enterprise, String::new(), String::new(), backup);
                    recipient.email = recipient.email.or(second.email);
                    recipient.mobile = recipient.mobile.or(second.mobile);
                }
                recipient.ways = ways(e);
                recipient
            })
            .collect(),
        Recipients::Villages => roster
            .villages
            .iter()
            .filter(|v| tell.of.takes_village(v))
            .map(|v| Recipient {
                audience: Audience::Village,
                id: v.code.clone(),
                name: v.name.clone(),
                person: None,
                enterprise: None,
                email: None,
                mobile: None,
                loudspeaker: v.loudspeaker.clone(),
                ways: Vec::new(),
            })
            .collect(),
        Recipients::Keepers => roster
            .villages
            .iter()
            .filter(|v| tell.of.takes_village(v))
            .flat_map(|v| [(&v.cadre, "c"), (&v.grid_worker, "g")].map(|(contact, mark)| (v, contact, mark)))
            .filter_map(|(v, contact, mark)| {
                let contact = contact.as_ref()?;
                Some(person(Audience::Keeper, format!("{}-{mark}", v.code), v.name.clone(), contact))
            })
            .collect(),
        Recipients::Departments => roster
            .departments
            .iter()
            .filter(|d| tell.of.tags.iter().any(|subject| d.takes(subject)))
            .map(|d| person(Audience::Department, name_id(&d.contact.name), d.contact.name.clone(), &d.contact))
            .collect(),
        Recipients::Duty => roster.staff.iter().filter(|m| shift.has(m)).map(member).collect(),
        Recipients::Releasers => {
            let on_duty = releasers(roster).any(|m| shift.has(m));
            releasers(roster).filter(|m| shift.has(m) || !on_duty).map(member).collect()
        }
        // Where no releaser is on duty, all of them were asked at once.
        Recipients::Deputies if !releasers(roster).any(|m| shift.has(m)) => Vec::new(),
        Recipients::Deputies => releasers(roster).filter(|m| shift.deputises(m)).map(member).collect(),
    }
}

fn releasers(roster: &Roster) -> impl Iterator<Item = &Member> {
    roster.staff.iter().filter(|m| matches!(m.role, Role::Releaser | Role::Admin))
}

fn member(member: &Member) -> Recipient<'static> {
    let contact = Contact { name: member.name.clone(), mobile: member.mobile.clone(), email: member.email.clone() };
    person(Audience::Duty, name_id(&member.name), member.name.clone(), &contact)
}

fn person(audience: Audience, id: String, name: String, contact: &Contact) -> Recipient<'static> {
    Recipient {
        audience,
        id,
        name,
        person: Some(contact.name.clone()).filter(|n| !n.is_empty()),
        enterprise: None,
        email: contact.email.as_ref().map(|e| e.address().to_owned()),
        mobile: contact.mobile.as_ref().map(|m| m.number().to_owned()),
        loudspeaker: None,
        ways: Vec::new(),
    }
}

/// The ways to an enterprise in its order, those without an address left out.
fn ways(enterprise: &Enterprise) -> Vec<(bool, Form, String)> {
    let mut ways: Vec<(bool, Form, String)> = Vec::new();
    for step in &enterprise.route {
        let contact = if step.backup() { enterprise.backup.as_ref() } else { Some(&enterprise.contact) };
        let (form, address) = if step.is_sms() {
            (Form::Sms, contact.and_then(|c| c.mobile.as_ref()).map(|m| m.number().to_owned()))
        } else {
            (Form::Email, contact.and_then(|c| c.email.as_ref()).map(|e| e.address().to_owned()))
        };
        let Some(address) = address.filter(|to| ways.iter().all(|(_, _, known)| known != to)) else { continue };
        ways.push((step.backup(), form, address));
    }
    ways
}

/// The name that the tables have for a recipient of a class; none where they have it no more.
#[must_use]
pub fn named(roster: &Roster, audience: Audience, id: &str) -> Option<String> {
    match audience {
        Audience::Enterprise => roster.enterprises.iter().find(|e| e.id == id).map(|e| e.name.clone()),
        Audience::Village => roster.village(id).map(|village| village.name.clone()),
        Audience::Keeper => {
            let (code, mark) = id.rsplit_once('-')?;
            let village = roster.village(code)?;
            let contact = if mark == "g" { &village.grid_worker } else { &village.cadre };
            Some(format!("{} {}", village.name, contact.as_ref().map_or("", |contact| &contact.name)).trim().to_owned())
        }
        Audience::Department => {
            let mut names = roster.departments.iter().map(|department| &department.contact.name);
            names.find(|name| name_id(name) == id).cloned()
        }
        Audience::Duty => roster.staff.iter().map(|member| &member.name).find(|name| name_id(name) == id).cloned(),
    }
}

/// A short identifier for a name that may be in Chinese.
fn name_id(name: &str) -> String {
    use sha2::Digest;
    format!("s{}", hex(&sha2::Sha256::digest(name.as_bytes())[..4]))
}

/// The steps of the recipient's order that have words; of the parts in their forms only the first step stays.
pub(super) fn in_order(recipient: &Recipient<'_>, parts: &mut Vec<Part>) -> Vec<Reserve> {
    let step = |(backup, form, address): &(bool, Form, String)| {
        let part = parts.iter().find(|part| part.form == *form)?;
        Some(Reserve { backup: *backup, part: Part { address: address.clone(), ..part.clone() } })
    };
    let reserve: Vec<Reserve> = recipient.ways.iter().filter_map(step).collect();
    let Some(first) = reserve.first() else { return reserve };
    parts.retain(|part| !recipient.is_step(part.form));
    parts.insert(0, first.part.clone());
    if reserve.len() > 1 { reserve } else { Vec::new() }
}

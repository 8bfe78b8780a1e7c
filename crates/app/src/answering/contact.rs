//! Whom a step of the escalation goes to.
//!
//! In: a notice that asks, a step. Out: the person of the tables. Can't happen: somebody asked again as somebody else.

use cuofeng_notice::Audience;
use cuofeng_office::site::Site;
use cuofeng_rules::escalation::Rung;
use cuofeng_store::answers::Asked;
use cuofeng_town::roster::Contact;

/// Whom a step goes to; nobody for the list of those who are called.
pub(crate) fn contact(site: &Site, asked: &Asked, rung: Rung) -> Option<(Audience, String, Contact)> {
    let roster = &site.roster;
    let enterprise =
        roster.enterprises.iter().find(|e| asked.audience == Audience::Enterprise && e.id == asked.recipient);
    let code = match enterprise {
        Some(enterprise) => enterprise.village.as_str(),
        None => asked.recipient.rsplit_once('-').map_or("", |(code, _)| code),
    };
    let village = roster.village(code);
    let keeper = |mark: &str, contact: Option<&Contact>| {
        let id = format!("{code}-{mark}");
        // Whoever was asked in the first place is not asked as somebody else.
        let other = asked.audience != Audience::Keeper || id != asked.recipient;
        contact.filter(|_| other).map(|contact| (Audience::Keeper, id, contact.clone()))
    };
    match rung {
        Rung::Reminder => {
            if let Some(e) = enterprise {
                Some((asked.audience, e.id.clone(), e.contact.clone()))
            } else {
                let village = village?;
                let contact = if asked.recipient.ends_with("-g") { &village.grid_worker } else { &village.cadre };
                contact.clone().map(|contact| (asked.audience, asked.recipient.clone(), contact))
            }
        }
        Rung::Backup => enterprise.and_then(|e| Some((asked.audience, e.id.clone(), e.backup.clone()?))),
        Rung::GridWorker => keeper("g", village?.grid_worker.as_ref()),
        Rung::Cadre => keeper("c", village?.cadre.as_ref()),
        Rung::Phone => None,
    }
    .filter(|(_, _, contact)| contact.mobile.is_some() || contact.email.is_some())
}

pub(crate) fn nobody(site: &Site, asked: &Asked, rung: Rung) -> bool {
    rung != Rung::Phone && contact(site, asked, rung).is_none()
}

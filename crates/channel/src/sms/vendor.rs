//! What a vendor of short messages is to the rest of the program.
//!
//! In: an account of the site file. Out: its channel, and how its pushes are read. Can't happen: a question about a
//! vendor that is answered by its name outside the vendor's folder.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use super::Now;
use super::receipt::{Read, Reply, Report, Unreadable};
use crate::{Channel, Outcome};
use cuofeng_base::word::ChannelName;
use cuofeng_notice::filed::{Filed, Limits};

/// A vendor that sends approved texts alone.
pub struct Vendor {
    /// Its name: in the site file, in `[deliver]` and in the path of its pushes.
    pub name: ChannelName,
    /// Where its service is, unless the site file says otherwise.
    pub url: &'static str,
    /// What it takes of values and of a whole text, unless the site file says otherwise.
    pub limits: Limits,
    /// Whether its approved texts have numbers for holes (`{1}`), not names (`${name}`).
    pub numbered: bool,
    /// The region that is asked where the site file names none, at a vendor whose accounts have applications; none where
    /// the site file must name neither.
    pub region: Option<&'static str>,
    /// The channel of an account.
    pub open: fn(Account, Now) -> Result<Arc<dyn Channel>, String>,
    /// What an answer to a letter says, by its status and body.
    pub answered: fn(u16, &[u8]) -> Outcome,
    /// Reads pushed reports.
    pub reports: fn(&[u8]) -> Result<Read<Report>, Unreadable>,
    /// Reads pushed replies.
    pub replies: fn(&[u8]) -> Result<Read<Reply>, Unreadable>,
    /// What it wants to hear after a push.
    pub answer: &'static str,
}

/// An account, as the site file describes it.
pub struct Account {
    /// Where the service is.
    pub url: String,
    /// The key's identifier.
    pub key_id: String,
    /// The key's secret.
    pub secret: SecretString,
    /// The application's number; empty where the vendor has no applications.
    pub app: String,
    /// The region; empty where the vendor has no applications.
    pub region: String,
    /// The approved texts and the signature.
    pub filed: Filed,
    /// Longest time of one request.
    pub limit: Duration,
}

impl fmt::Debug for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.name())
    }
}

impl PartialEq for Vendor {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Vendor {}

//! What duty staff are told when the tool itself can't do its work.
//!
//! In: what is in trouble. Out: kind, template and audience of the notices about it. Can't happen: a template that
//! `check` does not render.

use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::word::Form;
use cuofeng_rules::{Recipients, Selector, Tell};

/// What is in trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// A region has no forecast to judge by.
    Forecast,
    /// The site's files have errors; the last good ones stay in force.
    Files,
    /// A job brought nothing by its deadline.
    Silence,
    /// Told periods ended while nobody could say whether the air had cleared.
    Ending,
    /// A channel refuses every letter.
    Channel,
    /// Letters wait for a person to say what became of them.
    Letters,
    /// The mailbox that undeliverable mail comes back to can't be read.
    Mailbox,
    /// Letters wait for a person to pass them on.
    Hand,
    /// The command that speaks villages' texts brings no audio.
    Voice,
    /// An enterprise has answered that it can't.
    Unable,
    /// Nobody knows of a letter that reached somebody.
    Ways,
    /// People who were told are nobody whom a rule tells any more.
    Removed,
    /// A page failed.
    Pages,
    /// The clock was ahead, and has been set right.
    Clock,
    /// There is no proved backup of late.
    Backup,
    /// The program holds everything: the database does not know all that has left.
    Held,
    /// An official alert that no rule hears.
    Alert,
    /// Lines of bulletins wait for a person, and speak of days that are still to come.
    Lines,
}

impl Trouble {
    /// Every kind of trouble.
    pub const ALL: [Self; 18] = [
        Self::Forecast,
        Self::Files,
        Self::Silence,
        Self::Ending,
        Self::Channel,
        Self::Letters,
        Self::Mailbox,
        Self::Hand,
        Self::Voice,
        Self::Unable,
        Self::Ways,
        Self::Removed,
        Self::Pages,
        Self::Clock,
        Self::Backup,
        Self::Held,
        Self::Alert,
        Self::Lines,
    ];

    /// The word in the database: the kind of the episodes, and their rule.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Forecast => "forecast",
            Self::Files => "files",
            Self::Silence => "silence",
            Self::Ending => "ending",
            Self::Channel => "channel",
            Self::Letters => "letters",
            Self::Mailbox => "mailbox",
            Self::Hand => "hand",
            Self::Voice => "voice",
            Self::Unable => "unable",
            Self::Ways => "ways",
            Self::Removed => "removed",
            Self::Pages => "pages",
            Self::Clock => "clock",
            Self::Backup => "backup",
            Self::Held => "held",
            Self::Alert => "alert",
            Self::Lines => "lines",
        }
    }

    /// The trouble whose episodes are of this kind; none where they are of a rule.
    #[must_use]
    pub fn named(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trouble| trouble.kind() == kind)
    }

    /// Whether a kind of episodes is one of these, and not one of a rule.
    #[must_use]
    pub fn is_kind(kind: &str) -> bool {
        Self::named(kind).is_some()
    }

    /// What it is called.
    #[must_use]
    pub const fn title(self) -> Message {
        match self {
            Self::Forecast => msg!("alarm.forecast"),
            Self::Files => msg!("alarm.files"),
            Self::Silence => msg!("alarm.silence"),
            Self::Ending => msg!("alarm.ending"),
            Self::Channel => msg!("alarm.channel"),
            Self::Letters => msg!("alarm.letters"),
            Self::Mailbox => msg!("alarm.mailbox"),
            Self::Hand => msg!("alarm.hand"),
            Self::Voice => msg!("alarm.voice"),
            Self::Unable => msg!("alarm.unable"),
            Self::Ways => msg!("alarm.ways"),
            Self::Removed => msg!("alarm.removed"),
            Self::Pages => msg!("alarm.pages"),
            Self::Clock => msg!("alarm.clock"),
            Self::Backup => msg!("alarm.backup"),
            Self::Held => msg!("alarm.held"),
            Self::Alert => msg!("alarm.alert"),
            Self::Lines => msg!("alarm.lines"),
        }
    }

    /// Why the trouble is over.
    #[must_use]
    pub const fn over(self) -> Message {
        match self {
            Self::Forecast => msg!("alarm.forecast_over"),
            Self::Files => msg!("alarm.files_over"),
            Self::Silence => msg!("alarm.silence_over"),
            Self::Ending => msg!("alarm.ending_over"),
            Self::Channel => msg!("alarm.channel_over"),
            Self::Letters => msg!("alarm.letters_over"),
            Self::Mailbox => msg!("alarm.mailbox_over"),
            Self::Hand => msg!("alarm.hand_over"),
            Self::Voice => msg!("alarm.voice_over"),
            Self::Unable => msg!("alarm.unable_over"),
            Self::Ways => msg!("alarm.ways_over"),
            Self::Removed => msg!("alarm.removed_over"),
            Self::Pages => msg!("alarm.pages_over"),
            Self::Clock => msg!("alarm.clock_over"),
            Self::Backup => msg!("alarm.backup_over"),
            Self::Held => msg!("alarm.held_over"),
            Self::Alert => msg!("alarm.alert_over"),
            Self::Lines => msg!("alarm.lines_over"),
        }
    }

    /// Whether the notice about it has a page on which it can be dealt with.
    #[must_use]
    pub const fn has_page(self) -> bool {
        matches!(self, Self::Hand | Self::Unable)
    }

    /// Whether it names people, and goes on naming those who come to it while it stands.
    #[must_use]
    pub const fn names(self) -> bool {
        matches!(self, Self::Ways | Self::Removed)
    }

    /// Who is told, in which forms, and by which template. That pages fail, that the clock was wrong, or that people were
    /// taken out of the tables is told by mail alone: it keeps no letter from being sent, and a short message would need
    /// one more text approved by the provider.
    #[must_use]
    pub fn tell(self) -> Tell {
        Tell {
            to: Recipients::Duty,
            of: Selector::default(),
            forms: if matches!(self, Self::Pages | Self::Clock | Self::Removed) {
                vec![Form::Email]
            } else {
                vec![Form::Email, Form::Sms]
            },
            template: format!("{}/duty", self.kind()),
            ask_hours: None,
            extend_days: None,
            place: 0,
        }
    }
}

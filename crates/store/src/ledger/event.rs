//! What the ledger tells of.
//!
//! In: a revision's act, the end of a draft, or anything else that is noted. Out: an [`Event`] with the word that stands
//! in the database. Can't happen: an entry of a word that no version knows; two events of one word.

use cuofeng_base::words;
use cuofeng_rules::warning::Act;

use crate::drafts::Outcome;

words! {
    /// What happened.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Event {
        /// An episode began.
        Raise = "raise",
        /// Its hours changed.
        Update = "update",
        /// Its level rose.
        Upgrade = "upgrade",
        /// Its level fell.
        Downgrade = "downgrade",
        /// It got more hours.
        Extend = "extend",
        /// Its processes got other hours.
        Replan = "replan",
        /// It was ended before its time.
        Lift = "lift",
        /// It was taken back.
        Cancel = "cancel",
        /// Its told end came.
        Expire = "expire",
        /// A revision waits for a person's consent.
        Draft = "draft",
        /// A draft went out.
        DraftReleased = "draft-released",
        /// A draft was turned down.
        DraftRejected = "draft-rejected",
        /// A newer draft took the place of one.
        DraftReplaced = "draft-replaced",
        /// Nobody settled a draft in time.
        DraftDropped = "draft-dropped",
        /// A person holds a draft back.
        DraftHeld = "draft-held",
        /// The program may tell again what a person had ended.
        ToldAgain = "told-again",
        /// An open episode goes on under another set of rules.
        EpisodeMoved = "episode-moved",

        /// A recipient has no address for a form.
        Unreachable = "unreachable",
        /// An open notice went to the next who is to know.
        Escalated = "escalated",
        /// A notice was answered.
        Answered = "answered",
        /// Somebody who joined an open episode was told.
        Joined = "joined",
        /// Who joined is not told yet.
        JoinedWaits = "joined-waits",
        /// What was told went to a corrected address.
        ContactCorrected = "contact-corrected",
        /// Who was told is in the tables no more.
        Removed = "removed",
        /// An end was not told to whom nothing had reached.
        NotTold = "not-told",
        /// A text was not played.
        NotPlayed = "not-played",
        /// Whether a text was played is not known.
        PlayUnknown = "play-unknown",
        /// A letter went on by another way.
        NextWay = "next-way",
        /// No way is left for a letter.
        NoWayLeft = "no-way-left",
        /// A person passed a text on.
        ByHand = "by-hand",
        /// A person settled what became of a letter.
        LetterSettled = "letter-settled",
        /// A letter was sent once more.
        LetterResent = "letter-resent",
        /// A letter was sent to another address.
        LetterReaddressed = "letter-readdressed",
        /// A channel was paused.
        ChannelPaused = "channel-paused",
        /// A channel goes on.
        ChannelResumed = "channel-resumed",
        /// A person approved the words of templates.
        WordingApproved = "wording-approved",

        /// A reply stands for several notices.
        ReplySeveral = "reply-several",
        /// A reply asks that no more be sent.
        ReplyLeave = "reply-leave",
        /// A reply waits for a person.
        ReplyWaits = "reply-waits",
        /// A person settled a reply.
        ReplySettled = "reply-settled",
        /// A process can't move its hours.
        ProcessCannot = "process-cannot",
        /// A person put a process at certain hours.
        ProcessPinned = "process-pinned",
        /// What was said of a process was taken back.
        ProcessReleased = "process-released",
        /// An enterprise's “unable” was granted.
        UnableGranted = "unable-granted",
        /// An enterprise's “unable” was refused.
        UnableRefused = "unable-refused",

        /// A feed failed.
        FeedFailed = "feed-failed",
        /// Values of a feed were not taken.
        ValuesSetAside = "values-set-aside",
        /// Past runs of a feed were fetched.
        Backfill = "backfill",
        /// An official alert is no order.
        AlertUnplaced = "alert-unplaced",
        /// An order was entered.
        OrderAdded = "order-added",
        /// An order was lifted.
        OrderLifted = "order-lifted",
        /// An order was relayed.
        OrderRelayed = "order-relayed",
        /// A newer order took the place of one.
        OrderSuperseded = "order-superseded",
        /// A line of a bulletin was not taken.
        BulletinAside = "bulletin-aside",
        /// A person confirmed a line of a bulletin.
        BulletinConfirmed = "bulletin-confirmed",
        /// A person dropped a line of a bulletin.
        BulletinDropped = "bulletin-dropped",
        /// A forecast was entered.
        ForecastAdded = "forecast-added",
        /// A forecast was corrected.
        ForecastCorrected = "forecast-corrected",
        /// A forecast was withdrawn.
        ForecastWithdrawn = "forecast-withdrawn",

        /// A set of rules was proposed.
        RulesProposed = "rules-proposed",
        /// A set of rules came into force.
        RulesAccepted = "rules-accepted",
        /// A proposed set of rules was withdrawn.
        RulesWithdrawn = "rules-withdrawn",

        /// A CAP message is not valid and did not go out.
        CapRefused = "cap-refused",
        /// A CAP file could not be written.
        CapUnwritten = "cap-unwritten",
        /// A day's report was written.
        Reported = "reported",

        /// The program holds everything that is unsent.
        Held = "held",
        /// A person stopped everything that is unsent.
        Stopped = "stopped",
        /// A person let it go on.
        Resumed = "resumed",
        /// The mode changed.
        Mode = "mode",
        /// The site is on this machine.
        SiteHere = "site-here",
        /// A person said that the site was moved.
        SiteMoved = "site-moved",
        /// A person said that the site is a copy.
        SiteCopied = "site-copied",
        /// The clock jumped.
        ClockJumped = "clock-jumped",
        /// What a wrong clock had done was set right.
        ClockSetRight = "clock-set-right",
        /// Runs were left out while the service was stopped.
        ScheduleStopped = "schedule-stopped",
        /// A backup was made.
        Backup = "backup",
        /// A backup was restored.
        Restored = "restored",
    }
}

impl From<Act> for Event {
    fn from(act: Act) -> Self {
        match act {
            Act::Raise => Self::Raise,
            Act::Update => Self::Update,
            Act::Upgrade => Self::Upgrade,
            Act::Downgrade => Self::Downgrade,
            Act::Extend => Self::Extend,
            Act::Replan => Self::Replan,
            Act::Lift => Self::Lift,
            Act::Cancel => Self::Cancel,
            Act::Expire => Self::Expire,
        }
    }
}

impl From<Outcome> for Event {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Released => Self::DraftReleased,
            Outcome::Rejected => Self::DraftRejected,
            Outcome::Replaced => Self::DraftReplaced,
            Outcome::Dropped => Self::DraftDropped,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_has_a_word_of_its_own() {
        let words: BTreeSet<&str> = Event::ALL.into_iter().map(Event::word).collect();
        assert_eq!(words.len(), Event::ALL.len());
        for event in Event::ALL {
            assert_eq!(Event::named(event.word()), Some(event));
        }
        assert_eq!(Event::named("draft-lost"), None);
    }

    #[test]
    fn an_act_and_the_end_of_a_draft_stand_in_the_ledger_by_their_own_words() {
        for act in Act::ALL {
            assert_eq!(Event::from(act).word(), act.word());
        }
        for outcome in [Outcome::Released, Outcome::Rejected, Outcome::Replaced, Outcome::Dropped] {
            assert_eq!(Event::from(outcome).word(), format!("draft-{}", outcome.word()));
        }
    }
}

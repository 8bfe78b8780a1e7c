//! The services that an [`App`] hands out.
//!
//! In: a site at work. Out: each service with what it needs. Can't happen: a service that starts, reloads or locks a site.

use crate::answering::answers::Answering;
use crate::answering::calls::Calling;
use crate::answering::hand::Hands;
use crate::answering::remind::Reminding;
use crate::answering::replies::Replies;
use crate::answering::unable::Unables;
use crate::app::App;
use crate::deciding::decide::Deciding;
use crate::deciding::drafts::Drafts;
use crate::deciding::edits::Editing;
use crate::deciding::wording::Wordings;
use crate::delivering::bounces::Returns;
use crate::delivering::cap::Publishing;
use crate::delivering::onward::NextWays;
use crate::delivering::outbox::Letters;
use crate::delivering::plays::Plays;
use crate::delivering::voice::Voice;
use crate::delivering::ways::Unreaching;
use crate::judging::effects::Foreseeing;
use crate::judging::judge::Judging;
use crate::judging::unheard::Alerts;
use crate::keeping::hold::Holding;
use crate::pulling::backfill::Fetching;
use crate::pulling::merge::Forecasts;
use crate::pulling::pull::Pulling;
use crate::pulling::versions::Versions;
use crate::telling::removed::Removing;
use crate::watching::alarm::Alarms;
use crate::watching::daily::Reporting;

impl App {
    /// Those who are taken out of the tables.
    #[must_use]
    pub fn removing(&self) -> Removing<'_> {
        Removing::new(&self.site, &self.store, self.mode, self.voice())
    }

    /// What speaks the villages' texts.
    #[must_use]
    pub fn voice(&self) -> Voice<'_> {
        Voice { engine: self.engine.as_ref(), listens: self.listens }
    }

    /// Judges, decides, and carries each decision out.
    #[must_use]
    pub fn deciding(&self) -> Deciding<'_> {
        Deciding::new(&self.site, &self.store, &self.book, self.mode, self.voice())
    }

    /// What becomes of drafts.
    #[must_use]
    pub fn drafts(&self) -> Drafts<'_> {
        Drafts::new(&self.site, &self.store, &self.book, self.mode, self.voice())
    }

    /// What people change of warnings.
    #[must_use]
    pub fn editing(&self) -> Editing<'_> {
        Editing::new(&self.site, &self.store, &self.book, self.mode, self.voice())
    }

    /// The words that people have released.
    #[must_use]
    pub fn wording(&self) -> Wordings<'_> {
        Wordings::new(&self.site, &self.store, &self.book)
    }

    /// What rules answer on the forecast as it is.
    #[must_use]
    pub fn judging(&self) -> Judging<'_> {
        Judging::new(&self.site, &self.store, &self.book)
    }

    /// What a set of rules would decide on the open episodes.
    #[must_use]
    pub fn foreseeing(&self) -> Foreseeing<'_> {
        Foreseeing::new(&self.site, &self.store, &self.book, self.mode)
    }

    /// Official alerts that no rule hears.
    #[must_use]
    pub fn alerts(&self) -> Alerts<'_> {
        Alerts::new(&self.site, &self.store, &self.book)
    }

    /// Asks the feeds, and notes what each brought.
    #[must_use]
    pub fn pulling(&self) -> Pulling<'_> {
        Pulling::new(&self.site, &self.store)
    }

    /// The forecast of a region, merged from all feeds.
    #[must_use]
    pub fn forecasts(&self) -> Forecasts<'_> {
        Forecasts::new(&self.site, &self.store, &self.book)
    }

    /// What people say of runs.
    #[must_use]
    pub fn versions(&self) -> Versions<'_> {
        Versions::new(&self.site, &self.store)
    }

    /// What is fetched on a person's call.
    #[must_use]
    pub fn fetching(&self) -> Fetching<'_> {
        Fetching::new(&self.site, &self.store)
    }

    /// A person's word on letters and channels.
    #[must_use]
    pub fn letters(&self) -> Letters<'_> {
        Letters::new(&self.site, &self.store)
    }

    /// Notices that go on by the next way.
    #[must_use]
    pub fn next_ways(&self) -> NextWays<'_> {
        NextWays::new(&self.site, &self.store, &self.book, self.mode)
    }

    /// Those whom no letter has reached.
    #[must_use]
    pub fn unreaching(&self) -> Unreaching<'_> {
        Unreaching::new(&self.site, &self.store, &self.book, self.mode)
    }

    /// The mailbox to which undeliverable mail comes back.
    #[must_use]
    pub fn returns(&self) -> Returns<'_> {
        Returns::new(&self.site, &self.store, &self.postman)
    }

    /// What loudspeakers say.
    #[must_use]
    pub fn plays(&self) -> Plays<'_> {
        Plays::new(&self.site, &self.store, self.voice())
    }

    /// CAP messages as files.
    #[must_use]
    pub fn publishing(&self) -> Publishing<'_> {
        Publishing::new(&self.site, &self.store, &self.book)
    }

    /// Notices that ask for an answer, and the answers.
    #[must_use]
    pub fn answering(&self) -> Answering<'_> {
        Answering::new(&self.site, &self.store, &self.book, self.mode)
    }

    /// Reminders to those who have not answered.
    #[must_use]
    pub fn reminding(&self) -> Reminding<'_> {
        Reminding::new(&self.site, &self.store, &self.book, self.mode)
    }

    /// Reports on messages, and what people answer.
    #[must_use]
    pub fn replies(&self) -> Replies<'_> {
        Replies::new(&self.site, &self.store)
    }

    /// The list of calls.
    #[must_use]
    pub fn calling(&self) -> Calling<'_> {
        Calling::new(&self.site, &self.store, &self.book, self.mode)
    }

    /// Letters that people pass on.
    #[must_use]
    pub fn hands(&self) -> Hands<'_> {
        Hands::new(&self.site, &self.store, &self.book)
    }

    /// Enterprises that can not do what is asked.
    #[must_use]
    pub fn unable(&self) -> Unables<'_> {
        Unables::new(&self.site, &self.store, &self.book, self.mode, self.voice())
    }

    /// Alarms to duty staff.
    #[must_use]
    pub fn alarms(&self) -> Alarms<'_> {
        Alarms::new(&self.site, &self.store)
    }

    /// The daily report.
    #[must_use]
    pub fn reporting(&self) -> Reporting<'_> {
        Reporting::new(&self.site, &self.store, &self.book, self.mode)
    }

    /// Everything held back, and let go again.
    #[must_use]
    pub fn holding(&self) -> Holding<'_> {
        Holding::new(&self.site, &self.store, &self.book, self.mode, self.voice())
    }
}

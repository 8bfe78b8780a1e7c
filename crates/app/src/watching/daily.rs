//! The daily report: what was decided, told, answered and missed on the day before.
//!
//! In: the database, yesterday. Out: `reports/DAY.txt` in the folder of the site's letters, in the site's language, and
//! an entry in the ledger. Can't happen: a report that changes after its day was told (a whole file stays as it is); an
//! address or a mobile in it.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::answering::answers::{Answering, Standing};
use crate::answering::numbers::{Numbers, ToCall};
use crate::error::AppError;
use crate::judging::book::Book;
use cuofeng_base::text::Message;
use cuofeng_base::time::{Period, day_words};
use cuofeng_base::word::{ChannelName, Mode};
use cuofeng_base::{file, msg};
use cuofeng_notice::Audience;
use cuofeng_office::config::Job;
use cuofeng_office::site::Site;
use cuofeng_outbox::State;
use cuofeng_outbox::unreached::Unreached;
use cuofeng_rules::warning::spans_words;
use cuofeng_store::Store;
use cuofeng_store::ledger::{self, Actor, Event};

/// The daily report.
#[derive(Clone, Copy)]
pub struct Reporting<'a> {
    site: &'a Site,
    store: &'a Store,
    book: &'a Book,
    mode: Mode,
}

impl<'a> Reporting<'a> {
    pub(crate) const fn new(site: &'a Site, store: &'a Store, book: &'a Book, mode: Mode) -> Self {
        Self { site, store, book, mode }
    }

    /// Writes the report of the day before, unless it is there.
    pub async fn report_day(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        let config = &self.site.config;
        let day = config.zone.day(now) - Days::new(1);
        let (to, name) = (self.site.out_folder().join("reports"), format!("{day}.txt"));
        if to.join(&name).exists() {
            return Ok(());
        }
        let text = self.daily_report(day).await?;
        let failed = |cause| AppError::Report { path: to.join(&name), cause };
        file::write(&to, &name, text.as_bytes(), config.access).map_err(failed)?;
        let mut tx = self.store.begin().await?;
        ledger::write(&mut tx, &Actor::Program, Event::Reported, &day.to_string(), &format!("reports/{name}"), now)
            .await?;
        Ok(tx.commit().await?)
    }

    /// The report of a local day.
    async fn daily_report(&self, day: NaiveDate) -> Result<String, AppError> {
        let (config, lang) = (&self.site.config, self.site.config.language);
        let zone = &config.zone;
        let whole = Period { start: zone.at(day, 0), end: zone.at(day, 24) };
        let unreached = self.unreached_of(whole).await?;
        let sections = [
            (msg!("daily.decided"), self.decided_in(whole).await?),
            (msg!("daily.letters"), [self.letters_of(whole).await?, self.heard_in(whole).await?].concat()),
            (msg!("daily.unanswered"), self.unanswered_in(whole, &unreached).await?),
            (msg!("daily.unreached"), self.unreached_in(&unreached, whole).await?),
            (msg!("daily.removed"), self.removed_in(whole).await?),
            (msg!("daily.failed"), self.failed_of(whole).await?),
        ];
        let mut text = msg!("daily.title", office = &config.name, day = day_words(day, lang)).text(lang);
        if let Some(hold) = self.store.hold().await? {
            text.push_str("\n\n");
            text.push_str(&hold.message(lang).text(lang));
        }
        let waiting = self.store.waiting_lines().await?.len();
        if waiting > 0 {
            text.push_str("\n\n");
            text.push_str(&msg!("once.lines_wait", count = waiting).text(lang));
        }
        for (head, lines) in sections {
            let lines = if lines.is_empty() { vec![msg!("daily.none")] } else { lines };
            let lines: Vec<String> = lines.iter().map(|line| line.text(lang)).collect();
            for part in ["\n\n", &head.text(lang), "\n", &lines.join("\n")] {
                text.push_str(part);
            }
        }
        text.push('\n');
        Ok(text)
    }

    /// Every revision of the day, in the order of the episodes.
    async fn decided_in(&self, day: Period) -> Result<Vec<Message>, AppError> {
        let (config, lang) = (&self.site.config, self.site.config.language);
        let mut lines = Vec::new();
        for known in self.store.episodes_since(day.start).await? {
            let region = config.regions.iter().find(|region| region.id == known.id.region);
            let place = region.map_or(known.id.region.as_str(), |region| region.name.as_str());
            let rule =
                self.book.rule(known.rule_set, &known.rule).map_or(known.rule.as_str(), |rule| rule.name.as_str());
            let history = self.store.history(&known.id.to_string()).await?;
            lines.extend(history.into_iter().filter(|entry| day.contains(entry.at)).map(|entry| {
                msg!(
                    "daily.revision",
                    at = config.zone.words(entry.at, lang),
                    rule = rule,
                    place = place,
                    action = entry.action.message(),
                    periods = spans_words(&entry.spans, &config.zone, lang),
                    reason = entry.reason
                )
            }));
        }
        Ok(lines)
    }

    async fn letters_of(&self, day: Period) -> Result<Vec<Message>, AppError> {
        let counts = self.store.letters_in(day).await?;
        let line = |(channel, state, count): (ChannelName, State, i64)| {
            msg!("daily.count", channel = channel.message(), state = state.message_by(channel), count = count)
        };
        Ok(counts.into_iter().map(line).collect())
    }

    /// How much people heard, class by class.
    async fn heard_in(&self, day: Period) -> Result<Vec<Message>, AppError> {
        let line = |(audience, people, messages): (Audience, i64, i64)| {
            let houses = matches!(audience, Audience::Enterprise | Audience::Department);
            let heard = msg!(if houses { "daily.heard_houses" } else { "daily.heard" });
            heard.with("audience", audience.message()).with("people", people).with("messages", messages)
        };
        Ok(self.store.heard_in(day).await?.into_iter().map(line).collect())
    }

    /// Who was asked for an answer by a time within the day and gave none before it was over; of whoever was not reached
    /// none can come.
    async fn unanswered_in(&self, day: Period, unreached: &[Unreached]) -> Result<Vec<Message>, AppError> {
        let lang = self.site.config.language;
        // Of several notices of an episode the last one that was due an answer counts.
        let mut missing = BTreeMap::new();
        for standing in Answering::new(self.site, self.store, self.book, self.mode)
            .standings(day.start)
            .await?
            .into_iter()
            .filter(|s| day.contains(s.case.deadline))
        {
            missing.insert((standing.asked.episode.clone(), standing.asked.name.clone()), standing);
        }
        let was_reached = |s: &Standing| unreached.iter().all(|one| one.notice != s.asked.notice);
        let missing = missing.into_values().filter(|standing| standing.said.is_none() && was_reached(standing));
        let line = |standing: Standing| {
            let deadline = self.site.config.zone.words(standing.case.deadline, lang);
            msg!("daily.waiting", name = standing.asked.name, deadline = deadline)
        };
        Ok(missing.map(line).collect())
    }

    /// Whom no letter reached of those who were told on the day or whose first hour lay in it.
    async fn unreached_of(&self, day: Period) -> Result<Vec<Unreached>, AppError> {
        let mut unreached = cuofeng_outbox::unreached::unreached_or_called(self.store, day.start, day.end).await?;
        unreached.retain(|one| one.mode == self.mode && (day.contains(one.made_at) || day.contains(one.first)));
        Ok(unreached)
    }

    /// The same by name, with what became of each way, and whether somebody has called.
    async fn unreached_in(&self, unreached: &[Unreached], day: Period) -> Result<Vec<Message>, AppError> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let calls = Numbers::new(self.site, self.store, self.book)
            .calls_of(&unreached.iter().collect::<Vec<_>>(), lang, day.end)
            .await?;
        let line = |(one, call): (&Unreached, ToCall)| {
            let called = match &one.called {
                Some((by, at)) => msg!("daily.called", by = by, at = zone.words(*at, lang)),
                None => msg!("daily.not_called"),
            };
            msg!(
                "daily.missed",
                name = &one.name,
                cause = call.why.join(lang.semicolon()),
                first = zone.words(one.first, lang),
                called = called
            )
        };
        Ok(unreached.iter().zip(calls).map(line).collect())
    }

    /// What was withdrawn from, or told to, those who were taken out of the tables.
    async fn removed_in(&self, day: Period) -> Result<Vec<Message>, AppError> {
        let noted = ledger::between(self.store, Event::Removed, day).await?;
        Ok(noted
            .into_iter()
            .map(|(episode, detail)| msg!("daily.taken_out", episode = episode, detail = detail))
            .collect())
    }

    async fn failed_of(&self, day: Period) -> Result<Vec<Message>, AppError> {
        let failed = self.store.failed_in(day).await?;
        let job = |name: &str| Job::ALL.into_iter().find(|job| job.name() == name);
        let line = |(name, count): (String, i64)| Some(msg!("daily.run", job = job(&name)?.message(), count = count));
        Ok(failed.into_iter().filter_map(line).collect())
    }
}

#[cfg(test)]
mod tests {
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::App;
    use cuofeng_rules::acknowledgement::Said;
    use cuofeng_store::answers::Via;
    use cuofeng_store::mark::Marks;

    fn at(instant: &str) -> DateTime<Utc> {
        format!("2026-09-{instant}:00+08:00").parse().expect("an instant")
    }

    #[tokio::test]
    async fn the_report_names_whom_no_letter_reached_and_calls_a_folder_a_folder() {
        let dir = tempfile::tempdir().expect("a folder");
        for (path, bytes) in cuofeng_office::embedded::EXAMPLE {
            let target = dir.path().join("site").join(path);
            std::fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
            std::fs::write(target, bytes).expect("a file");
        }
        let marks = Marks::at(dir.path().join("marks"));
        let mut app = App::start_marked(&dir.path().join("site"), at("12T08:00"), &marks).await.expect("a site");
        app.cycle(at("12T08:00"), false, &CancellationToken::new()).await.expect("a cycle");
        let told: Vec<(String, String)> = sqlx::query_as(
            "select distinct n.name, n.key from notice n join outbox o on o.notice = n.key
             where n.audience = 'enterprise' order by n.key limit 3",
        )
        .fetch_all(app.store.pool())
        .await
        .expect("those who were told");
        let [(name, _), (called, key), (silent, _)] = told.as_slice() else { panic!("{told:?}") };
        for lost in [name, called] {
            sqlx::query("update outbox set state = 'failed' where notice in (select key from notice where name = ?)")
                .bind(lost)
                .execute(app.store.pool())
                .await
                .expect("refused by every way");
        }
        let spoken =
            app.answering().answer(key, &Said::Known, (Via::Staff, "罗代泉"), at("12T09:25")).await.expect("an answer");
        assert!(spoken.is_ok(), "{spoken:?}");
        let mut tx = app.store.begin().await.expect("a transaction");
        for detail in ["未发出的已撤回", "按最后的地址告知结束"] {
            let event = Event::Removed;
            ledger::write(&mut tx, &Actor::Program, event, "o3-1", detail, at("12T09:00")).await.expect("an entry");
        }
        tx.commit().await.expect("entries");
        app.reporting().report_day(at("13T00:30")).await.expect("a report");
        let text = std::fs::read_to_string(app.site.out_folder().join("reports/2026-09-12.txt")).expect("a report");
        let (_, after) = text.split_once("四、没有确认通知到的人").expect("a part of its own");
        let (named, after) = after.split_once("五、").expect("the next part");
        let (gone, _) = after.split_once("六、").expect("the next part");
        assert!(gone.contains("未发出的已撤回（o3-1）") && gone.contains("按最后的地址告知结束（o3-1）"), "{text}");
        let line = |name: &str| named.lines().find(|line| line.starts_with(name)).expect("a line");
        assert!(line(name).contains("没有登记电话告知") && line(name).contains("邮件："), "{text}");
        assert!(line(called).contains("罗代泉已电话告知（9月12日09:25）"), "{text}");
        // Whoever was not reached can't have answered: named once.
        let (_, unanswered) = text.split_once("三、到期没有签收的").expect("a part of its own");
        let (unanswered, _) = unanswered.split_once("四、").expect("the next part");
        assert!(unanswered.contains(silent.as_str()) && !unanswered.contains(name.as_str()), "{text}");
        assert!(text.contains("企业") && text.contains("家，共听到"), "how much people heard: {text}");
        assert!(text.contains("已写入文件夹") && !text.contains("已送达"), "{text}");
    }
}

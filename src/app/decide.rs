//! The second step of a cycle: judge, decide, and commit each decision with its notices in one transaction.

use chrono::{DateTime, Datelike, Utc};

use super::known::Known;
use super::{App, AppError, Line, Report};
use crate::config::Region;
use crate::forecast::{Origin, Series};
use crate::ledger;
use crate::msg;
use crate::notice::{self, Content, Fact, Notice, Purpose, Unreachable, speech};
use crate::outbox;
use crate::plan;
use crate::rules::expr::{self, Evidence, Quantity, Subject, Test, Tri};
use crate::rules::{self, Rule};
use crate::store::episodes::{self, NewRevision};
use crate::text::Lang;
use crate::time::{Hour, Period, day_words};
use crate::warning::{self, Action, Decision, Episode, EpisodeId, Situation, Span};

impl App {
    pub(super) async fn decide(
        &mut self,
        now: DateTime<Utc>,
        dry_run: bool,
        report: &mut Report,
    ) -> Result<(), AppError> {
        for region in self.site.config.regions.clone() {
            let merged = self.merged(&region.id, now).await?;
            let stale = self.stale(&merged);
            if !dry_run {
                self.tell_stale(&region, stale.as_ref(), now).await?;
            }
            let series = &merged.series;
            let known = self.known(&region.id, series, now).await?;
            for index in 0..self.site.rules.len() {
                let Some(rule) = self.site.rules.get(index).cloned() else { continue };
                let episode = self.store.open_episode(&rule.kind, &region.id).await?;
                // Another rule of the same kind has the floor until its episode ends.
                if episode.as_ref().is_some_and(|e| e.rule != rule.id && self.site.rules.iter().any(|r| r.id == e.rule))
                {
                    continue;
                }
                let zone = self.site.config.zone;
                let fires = |hour, metres| known.fires(hour, metres);
                let context = known.context(series, &zone, &self.site.standards, &fires);
                let verdicts = rules::judge(&rule, series, &context);
                let decision = warning::decide(&Situation {
                    rule: &rule,
                    verdicts: &verdicts,
                    stale: stale.as_ref(),
                    episode: episode.as_ref(),
                    zone: &zone,
                    now,
                });
                let scene = Scene { rule: &rule, region: &region, series, known: &known, now };
                let line = self.apply(&scene, episode, &decision, dry_run, report).await?;
                tracing::info!(rule = rule.id, region = region.id, action = line.action, reason = %line.reason, "decided");
                report.lines.push(line);
            }
        }
        if dry_run { Ok(()) } else { self.close_orphans(now).await }
    }

    /// Ends episodes whose told end has come and whose kind no rule has any more.
    async fn close_orphans(&self, now: DateTime<Utc>) -> Result<(), AppError> {
        for (kind, region) in self.store.open_kinds().await? {
            if kind == super::stale::KIND || self.site.rules.iter().any(|r| r.kind == kind) {
                continue;
            }
            let Some(episode) = self.store.open_episode(&kind, &region).await? else { continue };
            if episode.end().is_none_or(|end| end <= now) {
                let reason = msg!("warning.orphan", rule = &episode.rule).text(self.site.config.language);
                let mut tx = self.store.begin().await?;
                episodes::close(&mut tx, &episode.id, "expired").await?;
                ledger::write(&mut tx, "expire", &episode.id.to_string(), &reason, now).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    async fn apply(
        &self,
        scene: &Scene<'_>,
        episode: Option<Episode>,
        decision: &Decision,
        dry_run: bool,
        report: &mut Report,
    ) -> Result<Line, AppError> {
        let lang = self.site.config.language;
        let zone = &self.site.config.zone;
        let told = match (&decision.action, &episode) {
            (Action::Raise(spans), _) => Some((Purpose::Raise, spans.clone())),
            (Action::Update(spans), _) => Some((Purpose::Update, spans.clone())),
            (Action::Lift, Some(episode)) => Some((Purpose::Lift, episode.spans.clone())),
            _ => None,
        };
        let mut line = Line {
            rule: scene.rule.name.clone(),
            region: scene.region.name.clone(),
            action: decision.action.word(),
            periods: told.as_ref().map_or_else(String::new, |(_, spans)| warning::spans_words(spans, zone, lang)),
            reason: decision.reason.clone(),
            notices: 0,
            unreachable: 0,
        };
        let Some((purpose, spans)) = told else {
            if let (Action::Expire, Some(episode), false) = (&decision.action, &episode, dry_run) {
                let mut tx = self.store.begin().await?;
                episodes::close(&mut tx, &episode.id, "expired").await?;
                let reason = decision.reason.text(lang);
                ledger::write(&mut tx, "expire", &episode.id.to_string(), &reason, scene.now).await?;
                tx.commit().await?;
            }
            return Ok(line);
        };
        let (id, revision) = match &episode {
            Some(episode) => (episode.id.clone(), episode.revision + 1),
            None => (self.new_episode(scene).await?, 1),
        };
        let previous = episode.as_ref().map(|e| zone.words(e.told_at, lang)).unwrap_or_default();
        let ahead: Vec<Span> = spans.iter().filter(|s| s.period.end > scene.now).copied().collect();
        let content = self.content(scene, &ahead, purpose, revision, previous, &decision.reason.text(lang));
        let already = self.store.told(&id).await?;
        let (notices, unreachable) = self.notices(scene, &ahead, &content, &id, revision, &already)?;
        line.notices = notices.len();
        line.unreachable = unreachable.len();
        if dry_run {
            for notice in &notices {
                let preview = |p: &notice::Part| (notice.name.clone(), p.form.name().to_owned(), p.body.clone());
                report.previews.extend(notice.parts.iter().map(preview));
            }
            return Ok(line);
        }
        let mut tx = self.store.begin().await?;
        if purpose == Purpose::Raise {
            episodes::open(&mut tx, &id, &scene.rule.id).await?;
        }
        let reason = decision.reason.text(lang);
        let new = NewRevision {
            episode: &id,
            number: revision,
            action: decision.action.word(),
            spans: &spans,
            reason: &reason,
            now: scene.now,
        };
        episodes::revise(&mut tx, &new).await?;
        if purpose == Purpose::Lift {
            episodes::close(&mut tx, &id, "lifted").await?;
        }
        for notice in &notices {
            episodes::write_notice(&mut tx, notice, &id, revision, scene.now).await?;
            outbox::enqueue(&mut tx, notice, &self.site.config, scene.now).await?;
        }
        for missing in &unreachable {
            let detail = msg!("notice.unreachable", name = &missing.name, form = missing.form.message()).text(lang);
            ledger::write(&mut tx, "unreachable", &id.to_string(), &detail, scene.now).await?;
        }
        ledger::write(&mut tx, decision.action.word(), &id.to_string(), &reason, scene.now).await?;
        tx.commit().await?;
        Ok(line)
    }

    async fn new_episode(&self, scene: &Scene<'_>) -> Result<EpisodeId, AppError> {
        let (kind, region) = (scene.rule.kind.clone(), scene.region.id.clone());
        let day = self.site.config.zone.day(scene.now);
        let ordinal = self.store.episodes_on(&kind, &region, day).await? + 1;
        Ok(EpisodeId { kind, region, day, ordinal })
    }

    fn notices(
        &self,
        scene: &Scene<'_>,
        spans: &[Span],
        content: &Content,
        id: &EpisodeId,
        revision: u32,
        already: &[(String, String)],
    ) -> Result<(Vec<Notice>, Vec<Unreachable>), AppError> {
        let lang = self.site.config.language;
        let periods: Vec<Period> = spans.iter().map(|s| s.period).collect();
        // A lift, too, is worth hearing until the period it takes back would have ended.
        let expires_at = periods.iter().map(|p| p.end).max().unwrap_or(scene.now);
        let measures = spans
            .iter()
            .map(|s| s.level)
            .min()
            .and_then(|level| scene.rule.levels.get(level))
            .map_or(&[][..], |level| level.measures.as_slice());
        let (mut notices, mut unreachable) = (Vec::new(), Vec::new());
        for tell in &scene.rule.tell {
            for recipient in notice::select(tell, &self.site.roster) {
                let known = already.iter().any(|(a, r)| a == recipient.audience.word() && *r == recipient.id);
                // A lift goes to those who were told, and to nobody else.
                if content.purpose == Purpose::Lift && !known {
                    continue;
                }
                let lines = recipient.enterprise.map_or_else(Vec::new, |enterprise| {
                    notice::lines(&plan::plan(enterprise, measures, &periods, &self.site.config.zone), lang)
                });
                let key = format!(
                    "{id}.r{revision}.{}.{}-{}",
                    content.purpose.word(),
                    recipient.audience.word(),
                    recipient.id
                );
                let (made, missing) =
                    notice::render(&self.site.texts, tell, &recipient, content, &lines, key, expires_at)
                        .map_err(|problem| AppError::Template(Box::new(problem)))?;
                notices.extend(made);
                unreachable.extend(missing);
            }
        }
        Ok((notices, unreachable))
    }

    fn content(
        &self,
        scene: &Scene<'_>,
        spans: &[Span],
        purpose: Purpose,
        revision: u32,
        previous: String,
        reason: &str,
    ) -> Content {
        let (config, lang) = (&self.site.config, self.site.config.language);
        let zone = &config.zone;
        let today = zone.day(scene.now);
        let date = match lang {
            Lang::Zh => format!("{}年{}", today.year(), day_words(today, lang)),
            Lang::En => format!("{} {}", day_words(today, lang), today.year()),
        };
        let highest = spans.iter().map(|s| s.level).min().and_then(|l| scene.rule.levels.get(l));
        let rests_on = self.data(scene, spans);
        let (phone_spoken, periods_spoken) = match lang {
            Lang::Zh => (speech::telephone(&config.phone), spoken(spans, zone)),
            Lang::En => (config.phone.clone(), warning::spans_words(spans, zone, lang)),
        };
        let (indexes, standard) = self.indexes(scene, spans);
        Content {
            office: config.name.clone(),
            phone: config.phone.clone(),
            region: scene.region.name.clone(),
            purpose,
            title: scene.rule.name.clone(),
            level: highest.map_or_else(String::new, |l| l.name.clone()),
            source: scene.rule.source.clone(),
            periods: warning::spans_words(spans, zone, lang),
            periods_spoken,
            phone_spoken,
            date,
            facts: if purpose == Purpose::Lift { Vec::new() } else { self.facts(scene, spans) },
            indexes,
            standard,
            revision,
            previous,
            data_label: rests_on.label,
            issued: rests_on.issued,
            shaped: rests_on.shaped,
            reason: reason.to_owned(),
        }
    }

    /// Whose data the periods' hours are, when the newest of it was made, and whether hours were spread by a shape.
    fn data(&self, scene: &Scene<'_>, spans: &[Span]) -> Data {
        let (config, zone, lang) = (&self.site.config, &self.site.config.zone, self.site.config.language);
        let mut origins: Vec<&Origin> = Vec::new();
        for span in spans {
            let hours = usize::try_from(span.period.whole_hours()).unwrap_or(0);
            origins.extend(scene.series.origins_in(Hour::containing(span.period.start), hours));
        }
        let used = config.feeds.iter().filter(|f| origins.iter().any(|o| o.feed() == f.name));
        let labels: Vec<&str> = used.map(|f| f.label.as_str()).collect();
        let issued = origins.iter().filter_map(|o| o.issued_at()).max();
        let shaped = origins.iter().any(|o| matches!(o, Origin::Shaped { .. }));
        Data {
            label: labels.join(if lang == Lang::Zh { "；" } else { "; " }),
            issued: issued.map_or_else(String::new, |at| zone.words(at, lang)),
            shaped: if shaped { msg!("notice.shaped").text(lang) } else { String::new() },
        }
    }

    /// What the forecast says of each period, equal facts of one day once.
    fn facts(&self, scene: &Scene<'_>, spans: &[Span]) -> Vec<Fact> {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let fires = |hour, metres| scene.known.fires(hour, metres);
        let context = scene.known.context(scene.series, zone, &self.site.standards, &fires);
        let mut facts: Vec<Fact> = Vec::new();
        for span in spans {
            let Some(level) = scene.rule.levels.get(span.level) else { continue };
            let hour = Hour::containing(span.period.start);
            for evidence in expr::explain(&level.when, &context, hour) {
                let Some(fact) = fact(&evidence, zone, lang) else { continue };
                if !facts.contains(&fact) {
                    facts.push(fact);
                }
            }
        }
        facts
    }

    /// Forecast AQI of the told days, and the standard that gives it.
    fn indexes(&self, scene: &Scene<'_>, spans: &[Span]) -> (Vec<String>, String) {
        let (zone, lang) = (&self.site.config.zone, self.site.config.language);
        let days = spans.iter().flat_map(|s| {
            let last = zone.day(s.period.end - chrono::Duration::seconds(1));
            zone.day(s.period.start).iter_days().take_while(move |d| *d <= last)
        });
        let mut words = Vec::new();
        let mut title = String::new();
        for day in days {
            let Some(standard) = self.site.standards.on(day) else { continue };
            let aqi = scene.series.daily_index(day, zone, &self.site.standards).and_then(|index| index.aqi);
            let Some(aqi) = aqi else { continue };
            let level = standard.level(aqi).map_or("", |l| l.words(lang));
            words.push(msg!("notice.index", day = day_words(day, lang), aqi = aqi, level = level).text(lang));
            title.clone_from(&standard.title);
        }
        (words, title)
    }
}

/// Whose data a notice rests on, in words.
struct Data {
    label: String,
    issued: String,
    shaped: String,
}

/// What a decision is about.
struct Scene<'a> {
    rule: &'a Rule,
    region: &'a Region,
    series: &'a Series,
    known: &'a Known,
    now: DateTime<Utc>,
}

fn fact(evidence: &Evidence, zone: &crate::time::Zone, lang: Lang) -> Option<Fact> {
    if evidence.answer != Tri::True {
        return None;
    }
    // How long something lasts, the clock and the calendar are no facts about the air.
    let (Subject::Quantity(quantity), Some(Test::Is(operator, threshold))) = (&evidence.subject, evidence.test) else {
        return None;
    };
    let when = match quantity {
        Quantity::Hour(_) | Quantity::Trailing(..) => zone.words(evidence.hour.start(), lang),
        Quantity::Day(..) | Quantity::Aqi => day_words(zone.day_of(evidence.hour), lang),
    };
    Some(Fact {
        when,
        what: quantity.words(lang),
        value: value_words(evidence.value?, threshold),
        unit: unit_words(evidence.unit, lang),
        comparison: operator.message().text(lang),
        threshold: crate::aqi::milli_words(threshold),
    })
}

/// A value to one decimal, unless that would make it look equal to its threshold; whole numbers stay whole.
fn value_words(value: i64, threshold: i64) -> String {
    let tenths = crate::aqi::round_half_even(value, 100) * 100;
    crate::aqi::milli_words(if tenths == threshold { value } else { tenths })
}

fn unit_words(unit: &str, lang: Lang) -> String {
    match unit {
        "µg/m³" => msg!("unit.microgram").text(lang),
        "mg/m³" => msg!("unit.milligram").text(lang),
        "m/s" => msg!("unit.metre_a_second").text(lang),
        "m" => msg!("unit.metre").text(lang),
        other => other.to_owned(),
    }
}

fn spoken(spans: &[Span], zone: &crate::time::Zone) -> String {
    let mut merged: Vec<Period> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if last.end == span.period.start => last.end = span.period.end,
            _ => merged.push(span.period),
        }
    }
    let parts: Vec<String> = merged.iter().map(|p| speech::period(p, zone)).collect();
    parts.join("，")
}

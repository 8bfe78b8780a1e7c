//! Rule files.
//!
//! In: the text of one TOML file under `rules/`. Out: its rules, or every problem at its place.
//! Can't happen: a rule without a source for its thresholds, a level without a condition, an unknown key passed over,
//! a problem that hides another one of the same file (but for a text that is no TOML).

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;

use super::expr;
use super::outline::{Outline, PROBLEMS, Part};
use super::rule::{
    Ask, AtDeadline, Condition, Exempt, Level, Measure, Quiet, Recipients, Release, Remind, Rule, Season, Selector,
    Shape, Tell,
};
use super::section::{
    ASKS, Choice, DEADLINES, ExemptSection, GRADES, Head, LevelSection, MeasureSection, PRECURSORS, RANGES, RECIPIENTS,
    RELEASES, REMINDS, Rest, TellSection, chosen, words,
};
use cuofeng_air::forecast::Take;
use cuofeng_base::msg;
use cuofeng_base::problem::{Problem, is_identifier, nearest};
use cuofeng_base::text::Message;
use cuofeng_base::time::ClockWindow;
use cuofeng_base::word::Form;
use cuofeng_town::roster::Grade;

/// Reads a rule file; `range` is what daily ranges count as where a rule does not say.
///
/// # Errors
/// Every problem found, each at its place in the text.
pub fn parse(file: &str, source: &str, range: Take) -> Result<Vec<Rule>, Vec<Problem>> {
    let mut outline = Outline::new(file, source);
    let mut rules = Vec::new();
    let mut reader = Reader { file, text: source.into(), range, problems: Vec::new() };
    if let Some(mut root) = outline.root(source) {
        let parts = outline.take(&mut root, "rule");
        if parts.is_empty() {
            reader.problem(0..0, msg!("rules.no_rule"), msg!("rules.no_rule_advice"));
        }
        let _: Option<Spanned<Rest>> = outline.read(root);
        rules.extend(parts.into_iter().filter_map(|part| reader.rule(part, &mut outline)));
    }
    let mut problems = outline.problems;
    problems.extend(reader.problems);
    problems.sort_by_cached_key(Problem::line_column);
    if problems.is_empty() { Ok(rules) } else { Err(problems) }
}

struct Reader<'a> {
    file: &'a str,
    text: Arc<str>,
    range: Take,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, range: Range<usize>, what: Message, advice: Message) {
        if self.problems.len() < PROBLEMS {
            self.problems.push(Problem::span(self.file, &self.text, range, what, advice));
        }
    }

    fn rule(&mut self, mut part: Part<'_>, outline: &mut Outline<'_>) -> Option<Rule> {
        let [levels, tells, exempts] = ["level", "tell", "exempt"].map(|name| outline.take(&mut part, name));
        let standing = Outline::flag(&part, "standing");
        let head: Option<Spanned<Head>> = outline.read(part);
        let place = head.as_ref().map(|head| head.get_ref().id.span());
        let levels = self.levels(levels, standing, place, outline);
        let exempt = exempts.into_iter().filter_map(|e| self.exempt(outline.read(e)?, &levels)).collect();
        let tell = tells.into_iter().filter_map(|t| self.tell(outline.read(t)?)).collect();
        self.head(head?.into_inner(), levels, exempt, tell)
    }

    fn head(&mut self, head: Head, levels: Vec<Level>, exempt: Vec<Exempt>, tell: Vec<Tell>) -> Option<Rule> {
        for id in [&head.id, &head.kind] {
            self.identifier(id);
        }
        for words in [&head.name, &head.source] {
            self.not_empty(words);
        }
        let season = head.season.as_ref().map_or(Some(Season::YEAR), |text| self.season(text));
        let shape = self.shape(&head.shape);
        let release = self.choice(head.release.as_ref(), &RELEASES, Release::Auto);
        let deadline_hours = self.limit(head.deadline_hours, 3, 48);
        let at_deadline = self.choice(head.at_deadline.as_ref(), &DEADLINES, AtDeadline::Drop);
        let range = self.choice(head.range.as_ref(), &RANGES, self.range);
        let lead_hours = self.limit(head.lead_hours, 2, 72);
        let lift_hours = self.limit(head.lift_hours, 36, 96);
        let merge_days = self.limit(head.merge_days, 1, 7);
        let ahead_hours = self.limit(head.ahead_hours, 36, 96);
        let material_hours = self.limit(head.material_hours, 2, 24);
        let settle_hours = self.limit(head.settle_hours, 12, 48);
        let daily_revisions = self.limit(head.daily_revisions, 1, 24);
        let extend_hours = self.limit(head.extend_hours.clone(), ahead_hours, 96);
        if let Some(given) = head.extend_hours.filter(|given| *given.get_ref() > ahead_hours) {
            let what = msg!("rules.extend_hours", most = ahead_hours);
            self.problem(given.span(), what, msg!("rules.extend_hours_advice"));
        }
        let reach_hours = self.limit(head.reach_hours.clone(), 384, 384);
        if let Some(given) = head.reach_hours.filter(|given| *given.get_ref() < ahead_hours) {
            let what = msg!("rules.reach_hours", least = ahead_hours);
            self.problem(given.span(), what, msg!("rules.reach_hours_advice"));
        }
        let least_hours = self.limit(head.least_hours, 1, 12);
        let sure_hours = self.limit(head.sure_hours, 384, 384);
        let take_back_runs = self.limit(head.take_back_runs.clone(), 1, 2);
        if let Some(none) = head.take_back_runs.filter(|given| *given.get_ref() == 0) {
            self.problem(none.span(), msg!("rules.take_back_runs"), msg!("rules.take_back_runs_advice"));
        }
        let remind = self.choice(head.remind.as_ref(), &REMINDS, Remind::Revision);
        let quiet = head.quiet.as_ref().and_then(|text| self.quiet(text));
        let standing = head.standing.as_ref().is_some_and(|s| *s.get_ref());
        let lift = head.lift.as_ref().and_then(|text| self.condition(text));
        if let (true, Some(text)) = (standing, &head.lift) {
            self.problem(text.span(), msg!("rules.standing_when"), msg!("rules.standing_when_advice"));
        }
        if standing && (season == Some(Season::YEAR) || shape == Some(Shape::Hours)) {
            let at = head.standing.as_ref().map_or(head.id.span(), Spanned::span);
            self.problem(at, msg!("rules.standing"), msg!("rules.standing_advice"));
        }
        Some(Rule {
            place: head.id.span(),
            id: head.id.into_inner(),
            name: head.name.into_inner(),
            kind: head.kind.into_inner(),
            source: head.source.into_inner(),
            release,
            deadline_hours,
            at_deadline,
            season: season?,
            standing,
            range,
            shape: shape?,
            lead_hours,
            lift,
            lift_hours,
            merge_days,
            ahead_hours,
            material_hours,
            settle_hours,
            daily_revisions,
            extend_hours,
            reach_hours,
            least_hours,
            sure_hours,
            take_back_runs,
            remind,
            orders: head.orders,
            relays: None,
            quiet,
            levels,
            tell,
            exempt,
            file: self.file.to_owned(),
            text: Arc::clone(&self.text),
        })
    }

    fn levels(
        &mut self,
        parts: Vec<Part<'_>>,
        standing: bool,
        rule: Option<Range<usize>>,
        outline: &mut Outline<'_>,
    ) -> Vec<Level> {
        if let Some(rule) = rule.filter(|_| parts.is_empty() || standing && parts.len() > 1) {
            let (what, advice) = if standing {
                (msg!("rules.standing_levels"), msg!("rules.standing_levels_advice"))
            } else {
                (msg!("rules.no_level"), msg!("rules.no_level_advice"))
            };
            self.problem(rule, what, advice);
        }
        let mut levels: Vec<Level> = Vec::new();
        for mut part in parts {
            let measures = outline.take(&mut part, "measure");
            let measures = measures.into_iter().filter_map(|m| Some(self.measure(outline.read(m)?))).collect();
            let Some(section) = outline.read::<LevelSection>(part).map(Spanned::into_inner) else { continue };
            if levels.iter().any(|l| l.id == *section.id.get_ref()) {
                let what = msg!("config.twice", value = section.id.get_ref());
                self.problem(section.id.span(), what, msg!("config.twice_advice"));
            }
            levels.extend(self.level(section, measures, standing));
        }
        levels
    }

    fn identifier(&mut self, id: &Spanned<String>) {
        if !is_identifier(id.get_ref()) {
            let what = msg!("config.identifier", value = id.get_ref());
            self.problem(id.span(), what, msg!("config.identifier_advice"));
        }
    }

    fn not_empty(&mut self, words: &Spanned<String>) {
        if words.get_ref().trim().is_empty() {
            self.problem(words.span(), msg!("config.empty"), msg!("rules.empty_advice"));
        }
    }

    fn limit(&mut self, value: Option<Spanned<u32>>, default: u32, most: u32) -> u32 {
        let Some(value) = value else { return default };
        if *value.get_ref() > most {
            self.problem(value.span(), msg!("rules.limit", most = most), msg!("rules.limit_advice", most = most));
        }
        value.into_inner()
    }

    /// One of a closed set of words.
    fn choice<T: Copy>(&mut self, text: Option<&Spanned<String>>, known: &[Choice<T>], default: T) -> T {
        let Some(text) = text else { return default };
        if let Some(found) = chosen(known, text.get_ref()) {
            return found;
        }
        let every = known.iter().flat_map(|(word, chinese, _)| std::iter::once(word).chain(*chinese));
        let meant = nearest(text.get_ref(), every.copied()).map_or_else(|| words(known), str::to_owned);
        let what = msg!("rules.choice", value = text.get_ref());
        self.problem(text.span(), what, msg!("rules.choice_advice", known = meant));
        default
    }

    fn season(&mut self, text: &Spanned<String>) -> Option<Season> {
        let season = Season::parse(text.get_ref());
        if season.is_none() {
            self.problem(text.span(), msg!("rules.season"), msg!("rules.season_advice"));
        }
        season
    }

    fn shape(&mut self, text: &Spanned<String>) -> Option<Shape> {
        let shape = match text.get_ref().trim() {
            "hours" | "逐小时" | "按小时" => Some(Shape::Hours),
            "days" | "整日" | "整天" | "全天" => Some(Shape::Days),
            window => ClockWindow::read(window).map(Shape::Window),
        };
        if shape.is_none() {
            self.problem(text.span(), msg!("rules.shape"), msg!("rules.shape_advice"));
        }
        shape
    }

    fn quiet(&mut self, text: &Spanned<String>) -> Option<ClockWindow> {
        let window = ClockWindow::read(text.get_ref());
        if window.is_none() {
            self.problem(text.span(), msg!("rules.quiet"), msg!("rules.quiet_advice"));
        }
        window
    }

    /// The quiet hours of a level: hours of its own, or `none`.
    fn quiet_of_level(&mut self, text: &Spanned<String>) -> Quiet {
        match ClockWindow::read(text.get_ref()) {
            _ if ["none", "无", "不限", "没有"].contains(&text.get_ref().trim()) => Quiet::Never,
            Some(window) => Quiet::Hours(window),
            None => {
                self.problem(text.span(), msg!("rules.quiet"), msg!("rules.level_quiet_advice"));
                Quiet::AsRule
            }
        }
    }

    fn level(&mut self, level: LevelSection, measures: Vec<Measure>, standing: bool) -> Option<Level> {
        self.identifier(&level.id);
        self.not_empty(&level.name);
        if let Some(source) = &level.source {
            self.not_empty(source);
        }
        let when = match (&level.when, standing) {
            (Some(text), true) => {
                self.problem(text.span(), msg!("rules.standing_when"), msg!("rules.standing_when_advice"));
                return None;
            }
            (None, false) => {
                self.problem(level.id.span(), msg!("rules.no_when"), msg!("rules.no_when_advice"));
                return None;
            }
            (Some(text), false) => Some(self.condition(text)?),
            (None, true) => None,
        };
        Some(Level {
            place: level.id.span(),
            id: level.id.into_inner(),
            name: level.name.into_inner(),
            source: level.source.map(Spanned::into_inner),
            when,
            quiet: level.quiet.as_ref().map_or(Quiet::AsRule, |text| self.quiet_of_level(text)),
            measures,
        })
    }

    fn measure(&mut self, section: Spanned<MeasureSection>) -> Measure {
        let span = section.span();
        let place = span.start;
        let section = section.into_inner();
        let ask = self.choice(Some(&section.ask), &ASKS, Ask::Care);
        let percent = section.percent;
        if (ask == Ask::Reduce) != percent.is_some() || percent.is_some_and(|p| !(1..=99).contains(&p)) {
            self.problem(span, msg!("rules.percent"), msg!("rules.percent_advice"));
        }
        if section.activities.get_ref().is_empty() {
            self.problem(section.activities.span(), msg!("rules.activities"), msg!("rules.activities_advice"));
        }
        let grades = self.grades(section.grades.as_ref());
        let (sectors, villages, tags) = (section.sectors, section.villages, section.tags);
        let of = Selector { sectors, grades, villages, tags, activities: Vec::new() };
        let advice = section.advice.filter(|a| !a.trim().is_empty());
        let hours = section.hours.as_ref().and_then(|text| self.quiet(text));
        let pollutant = section.pollutant.as_ref().and_then(|text| {
            let found = chosen(&PRECURSORS, text.get_ref());
            if found.is_none() {
                let what = msg!("rules.choice", value = text.get_ref());
                self.problem(text.span(), what, msg!("rules.choice_advice", known = words(&PRECURSORS)));
            }
            found
        });
        let activities = section.activities.into_inner();
        Measure { ask, activities, of, pollutant, hours, percent, advice, place }
    }

    fn grades(&mut self, list: Option<&Spanned<Vec<String>>>) -> Vec<Grade> {
        let Some(list) = list else { return Vec::new() };
        let mut grades = Vec::new();
        for text in list.get_ref() {
            if let Some(grade) = chosen(&GRADES, text) {
                grades.push(grade);
            } else {
                let what = msg!("rules.choice", value = text);
                self.problem(list.span(), what, msg!("rules.choice_advice", known = "A, B, C, D"));
            }
        }
        grades
    }

    fn exempt(&mut self, section: Spanned<ExemptSection>, known: &[Level]) -> Option<Exempt> {
        let span = section.span();
        let section = section.into_inner();
        self.not_empty(&section.why);
        let grades = self.grades(section.grades.as_ref());
        if grades.is_empty() && section.kinds.is_empty() {
            self.problem(span, msg!("rules.exempt"), msg!("rules.exempt_advice"));
            return None;
        }
        if let Some(levels) = &section.levels {
            for level in levels.get_ref().iter().filter(|l| known.iter().all(|k| k.id != **l)) {
                let ids: Vec<&str> = known.iter().map(|k| k.id.as_str()).collect();
                let what = msg!("rules.choice", value = level);
                self.problem(levels.span(), what, msg!("rules.choice_advice", known = ids.join(", ")));
            }
        }
        let levels = section.levels.map_or_else(Vec::new, Spanned::into_inner);
        Some(Exempt { grades, kinds: section.kinds, levels, why: section.why.into_inner() })
    }

    fn condition(&mut self, when: &Spanned<String>) -> Option<Condition> {
        match expr::parse(when.get_ref()) {
            Ok(expr) => Some(Condition { expr, text: when.get_ref().clone(), range: when.span() }),
            Err(error) => {
                let range = inside(&self.text, &when.span(), when.get_ref(), &error.range);
                self.problem(range, error.what, error.advice);
                None
            }
        }
    }

    fn tell(&mut self, section: Spanned<TellSection>) -> Option<Tell> {
        let place = section.span().start;
        let tell = section.into_inner();
        let Some(to) = chosen(&RECIPIENTS, tell.to.get_ref()) else {
            let what = msg!("rules.recipients", value = tell.to.get_ref());
            self.problem(tell.to.span(), what, msg!("rules.recipients_advice", known = words(&RECIPIENTS)));
            return None;
        };
        let carries = |form: &Form| match to {
            Recipients::Villages => *form == Form::Speech,
            _ => *form != Form::Speech,
        };
        if tell.forms.get_ref().is_empty() || !tell.forms.get_ref().iter().all(carries) {
            self.problem(tell.forms.span(), msg!("rules.forms"), msg!("rules.forms_advice"));
        }
        if !tell.template.get_ref().split('/').all(is_identifier) {
            let what = msg!("config.identifier", value = tell.template.get_ref());
            self.problem(tell.template.span(), what, msg!("config.identifier_advice"));
        }
        let grades = self.grades(tell.grades.as_ref());
        let enterprises_only = !tell.sectors.is_empty() || !grades.is_empty() || !tell.activities.is_empty();
        let chooses = enterprises_only || !tell.villages.is_empty() || !tell.tags.is_empty();
        if to != Recipients::Enterprises && enterprises_only || to == Recipients::Duty && chooses {
            self.problem(tell.to.span(), msg!("rules.selector"), msg!("rules.selector_advice"));
        }
        let of = Selector {
            sectors: tell.sectors,
            grades,
            villages: tell.villages,
            tags: tell.tags,
            activities: tell.activities,
        };
        if let Some(hours) = &tell.ask_hours {
            let answers = matches!(to, Recipients::Enterprises | Recipients::Keepers);
            if !answers || !(1..=168).contains(hours.get_ref()) {
                self.problem(hours.span(), msg!("rules.ask_hours"), msg!("rules.ask_hours_advice"));
            }
        }
        if let Some(days) = &tell.extend_days
            && !(1..=14).contains(days.get_ref())
        {
            self.problem(days.span(), msg!("rules.extend_days"), msg!("rules.extend_days_advice"));
        }
        Some(Tell {
            to,
            of,
            forms: tell.forms.into_inner(),
            template: tell.template.into_inner(),
            ask_hours: tell.ask_hours.map(Spanned::into_inner),
            extend_days: tell.extend_days.map(Spanned::into_inner),
            place,
        })
    }
}

/// Where bytes of a condition stand in its file; the whole value where it has escapes or several quotes.
#[must_use]
pub fn inside(file: &str, value: &Range<usize>, content: &str, range: &Range<usize>) -> Range<usize> {
    let raw = file.get(value.clone()).unwrap_or("");
    match raw.find(content) {
        Some(quote) if !content.is_empty() => value.start + quote + range.start..value.start + quote + range.end,
        _ => value.clone(),
    }
}

/// Whether a file below `rules/` holds rules: at its top, and neither vocabulary, profiles, weights, reactivities nor calendar.
#[must_use]
pub fn is_rule_file(path: &str) -> bool {
    let is_toml = Path::new(path).extension().is_some_and(|e| e == "toml");
    is_toml
        && !path.contains('/')
        && !["sectors.toml", "profiles.toml", "workdays.toml", "weights.toml", "mir.toml", "errors.toml"]
            .contains(&path)
}

#[cfg(test)]
mod tests;

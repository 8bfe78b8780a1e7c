//! Whether a site's texts can be told: every template rendered, every name readable aloud.
//!
//! In: the templates, the rules, the tables. Out: what would fail, be too long, or claim what a township may not.
//! Can't happen: a template that first fails on the night; a name that a loudspeaker spells out.

use super::Reader;
use crate::config::Config;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::setting;
use cuofeng_base::text::Lang;
use cuofeng_base::word::Form;
use cuofeng_notice::texts::{LONGEST_SMS, NoWords, Texts};
use cuofeng_notice::{self as notice, Content, sample};
use cuofeng_rules::{self as rules, Recipients, Rule, Tell};
use cuofeng_town::roster::Roster;

/// Seconds above which nobody listens to the end of an announcement.
const LONGEST_SPEECH: u32 = 75;

impl Reader<'_> {
    /// Renders every template that a rule names, for every purpose, with the longest plausible data.
    pub(super) fn templates(&mut self, rules: &[Rule], texts: &Texts) {
        let mut found: Vec<Problem> = Vec::new();
        for rule in rules {
            for tell in &rule.tell {
                for content in sample::variants(rule, texts.lang()) {
                    for form in &tell.forms {
                        found.extend(sampled(rule, tell, *form, &content, texts));
                    }
                }
            }
        }
        let lang = texts.lang();
        let relay = rules::relay::sample();
        let relays = relay.tell.iter().map(|tell| (tell.clone(), sample::variants(&relay, lang)));
        for (tell, contents) in notice::own::all(lang).into_iter().map(|own| (own.tell, own.contents)).chain(relays) {
            for content in contents {
                let render = |form| texts.render(&tell.template, form, &sample::recipient(&tell), &content, &[]);
                let failed = |form: &Form| match render(*form) {
                    Err(NoWords::Template(problem)) => Some(*problem),
                    Ok((subject, body)) => broken(&tell, *form, lang, &format!("{subject}\n{}", body.text())),
                    Err(NoWords::Unfit(_)) => None,
                };
                found.extend(tell.forms.iter().filter_map(failed));
            }
        }
        for problem in found {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    /// Names that a loudspeaker is to say must be readable: of the office and of every village told by speech.
    pub(super) fn spoken(&mut self, config: &Config, rules: &[Rule], roster: &Roster, texts: &Texts) {
        let speaks = |tell: &&Tell| tell.forms.contains(&Form::Speech);
        let tells: Vec<&Tell> = rules.iter().flat_map(|rule| rule.tell.iter().filter(speaks)).collect();
        if texts.lang() != Lang::Zh || tells.is_empty() {
            return;
        }
        for (word, reading) in config.speech.say.iter().filter(|(_, reading)| !notice::speech::is_pure(reading)) {
            let what = msg!("speech.saying", word = word, reading = reading);
            self.problems.push(Problem::file(setting::FILE, what, msg!("speech.saying_advice")));
        }
        let villages = self.name_of("villages");
        let mut judge = |file: &str, name: &str| {
            for unread in notice::speech::aloud(name, texts.sayings()).err().into_iter().flatten() {
                let what = msg!("speech.name", name = name, why = unread.message());
                self.problems.push(Problem::file(file, what, msg!("speech.advice")));
            }
        };
        judge(setting::FILE, &config.name);
        for village in roster.villages.iter().filter(|v| tells.iter().any(|tell| tell.of.takes_village(v))) {
            judge(&villages, &village.name);
        }
    }
}

/// A text in which something is left out between two marks.
fn broken(tell: &Tell, form: Form, lang: Lang, text: &str) -> Option<Problem> {
    let seam = notice::texts::seam(text)?;
    let file = format!("templates/{}", notice::texts::path(lang, &tell.template, form, false));
    Some(Problem::file(file, msg!("template.seam", seam = seam), msg!("template.seam_advice")))
}

/// What is wrong with a notice of a rule in one form, filled with the longest plausible data.
fn sampled(rule: &Rule, tell: &Tell, form: Form, content: &Content, texts: &Texts) -> Option<Problem> {
    let lang = texts.lang();
    let path = notice::texts::path(lang, &tell.template, form, false);
    let rendered = texts.render(&tell.template, form, &sample::recipient(tell), content, &sample::lines(lang));
    let (subject, body) = match rendered {
        Ok(words) => words,
        Err(NoWords::Template(problem)) if problem.what.key() == "template.missing" => {
            let place = rule.word(&tell.template, tell.place);
            let what = msg!("template.missing_for", path = &problem.file);
            return Some(rule.problem(place, what, problem.advice));
        }
        Err(NoWords::Template(problem)) => return Some(*problem),
        // Asked before anything was filed: any words may go.
        Err(NoWords::Unfit(_)) => return None,
    };
    if let Some(problem) = broken(tell, form, lang, &format!("{subject}\n{}", body.text())) {
        return Some(problem);
    }
    let count = body.example().chars().count();
    if form == Form::Sms && count > LONGEST_SMS {
        let what = msg!("template.sms_length", count = count);
        return Some(Problem::file(format!("templates/{path}"), what, msg!("template.sms_length_advice")).as_warning());
    }
    if form == Form::Speech && notice::speech::seconds(body.text()) > LONGEST_SPEECH {
        let what = msg!("template.speech_length", seconds = notice::speech::seconds(body.text()));
        let advice = msg!("template.speech_length_advice");
        return Some(Problem::file(format!("templates/{path}"), what, advice).as_warning());
    }
    // Staff may read what the conditions of a warning are.
    let word = notice::forbidden(&format!("{subject}{}", body.text())).filter(|_| tell.to != Recipients::Duty)?;
    let own = rule.text.get(rule.place.start..).is_some_and(|text| text.contains(word));
    let (what, advice) = (msg!("rules.colour", word = word), msg!("rules.colour_advice"));
    Some(if own {
        rule.problem(rule.word(word, rule.place.start), what, advice)
    } else {
        Problem::file(format!("templates/{path}"), what, advice)
    })
}

//! Whether a site's short messages may go: what its provider has approved, against what its templates say.
//!
//! In: `sms-templates.toml`, the templates, the rules, the tables. Out: the texts with what was approved, or every
//! message that would be refused. Can't happen: a site whose warning would fail for want of an approved text, found
//! out on the night.

use super::Reader;
use crate::config::Config;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::word::Form;
use cuofeng_channel::setting::sms;
use cuofeng_notice::filed::{FILE, Filed, written};
use cuofeng_notice::filing::{self, Filing, Office, Size, Use};
use cuofeng_notice::texts::{NoWords, Texts};
use cuofeng_notice::{self as notice, sample};
use cuofeng_rules::Rule;
use cuofeng_town::roster::Roster;

/// The provider that carries short messages, where it takes approved texts alone.
#[must_use]
pub fn provider(config: &Config) -> Option<&sms::ProviderConfig> {
    config.provider(config.routes.first(Form::Sms))
}

/// What of the office stands in every text as it is.
#[must_use]
pub fn office(config: &Config) -> Office<'_> {
    let provider = provider(config).or_else(|| config.providers.first());
    Office {
        name: &config.name,
        phone: &config.phone,
        region: if let [region] = config.regions.as_slice() { Some(&region.name) } else { None },
        sign: provider.map_or(&config.name, |p| &p.sign),
        room: provider.map_or(cuofeng_notice::asks::HOLE, |p| p.limits.value),
        link: config.address().map(|address| format!("{address}{}", cuofeng_channel::link::PATH)),
    }
}

impl Reader<'_> {
    /// The texts, bound to what was approved where the provider wants that.
    pub(super) fn filed(&mut self, config: &Config, texts: Texts, rules: &[Rule], roster: &Roster) -> Option<Texts> {
        let sign = office(config).sign.to_owned();
        let Some(provider) = provider(config) else { return Some(texts.with_filed(Some(sign), None)) };
        let texts = texts.with_filed(Some(sign), None);
        if !self.filed {
            return Some(texts);
        }
        if !self.is_there(FILE) {
            self.problems.push(Problem::file(FILE, msg!("filed.missing"), msg!("filed.missing_advice")));
            return None;
        }
        let source = self.text(FILE)?;
        let filed = self.keep(Filed::parse(&source, &provider.sign, provider.limits))?;
        match filing::all(&texts, rules, &office(config)) {
            Ok(filings) => self.unapproved(&filings, &filed),
            Err(problem) => self.problems.push(problem),
        }
        let texts = texts.with_filed(Some(provider.sign.clone()), Some(filed));
        self.unfit(config, &texts, rules, roster);
        Some(texts)
    }

    /// Every purpose of a template needs its full texts approved, or its short one.
    fn unapproved(&mut self, filings: &[Filing], filed: &Filed) {
        let approved = |filing: &Filing| filed.templates.iter().any(|t| t.same_words(&filing.pieces));
        let short = |used: &Use| {
            let same = |other: &Use| {
                other.size == Size::Brief
                    && (&other.template, other.purpose, other.exercise) == (&used.template, used.purpose, used.exercise)
            };
            filings.iter().any(|filing| filing.uses.iter().any(same) && approved(filing))
        };
        let mut named: Vec<(&str, bool)> = Vec::new();
        for filing in filings.iter().filter(|filing| !approved(filing)) {
            let full = |used: &&Use| used.size != Size::Brief && !short(used);
            let Some(used) = filing.uses.iter().find(full) else { continue };
            if named.contains(&(used.template.as_str(), used.exercise)) {
                continue;
            }
            named.push((&used.template, used.exercise));
            let text = written(&filing.pieces);
            let problem = if matches!(used.size, Size::Items(_)) {
                // Without it nothing is lost: each notice goes by itself.
                let what = msg!("filed.no_merged", text = text);
                Problem::file(FILE, what, msg!("filed.unapproved_advice")).as_warning()
            } else if used.exercise {
                let what = msg!("filed.no_exercise", template = &used.template, text = text);
                Problem::file(FILE, what, msg!("filed.unapproved_advice")).as_warning()
            } else {
                let purpose = used.purpose.message();
                let what = msg!("filed.unapproved", template = &used.template, purpose = purpose, text = text);
                Problem::file(FILE, what, msg!("filed.unapproved_advice"))
            };
            self.problems.push(problem);
        }
    }

    /// Recipients whose own data would keep their messages from going.
    fn unfit(&mut self, config: &Config, texts: &Texts, rules: &[Rule], roster: &Roster) {
        let (lang, office) = (texts.lang(), office(config));
        let lines = sample::lines(lang);
        let mut named: Vec<String> = Vec::new();
        for rule in rules {
            for tell in rule.tell.iter().filter(|tell| tell.forms.contains(&Form::Sms)) {
                for recipient in notice::select(tell, roster, &roster.any_shift(), &|_| false) {
                    if recipient.address(Form::Sms).is_none() || named.contains(&recipient.id) {
                        continue;
                    }
                    let unfit = sample::contents(rule, lang).iter().find_map(|content| {
                        let content = filing::of_office(content, tell, &office);
                        match texts.render(&tell.template, Form::Sms, &recipient, &content, &lines) {
                            Err(NoWords::Unfit(why)) => Some(why),
                            _ => None,
                        }
                    });
                    if let Some(why) = unfit {
                        let what = msg!("filed.unfit", name = &recipient.name, why = why);
                        self.problems.push(Problem::file(FILE, what, msg!("filed.unfit_advice")).as_warning());
                        named.push(recipient.id.clone());
                    }
                }
            }
        }
    }
}

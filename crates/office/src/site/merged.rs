//! Whether messages that carry several notices have words.
//!
//! In: the templates, the rules. Out: what is wrong with the templates of such messages, at their lines. Can't happen: a
//! template that fails when it is needed and not at `check`.

use super::Reader;
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Placed;
use cuofeng_base::word::Form;
use cuofeng_notice::merged::{Gist, MOST, gist_path};
use cuofeng_notice::texts::{Texts, path};
use cuofeng_notice::{self as notice, merged, sample};
use cuofeng_rules::{Recipients, Rule};

impl Reader<'_> {
    /// Renders the templates of messages that carry several notices, and what each rule's notices ask in a few words,
    /// with the longest plausible data.
    pub(super) fn merged(&mut self, rules: &[Rule], texts: &Texts) {
        let lang = texts.lang();
        let mut found: Vec<Problem> = Vec::new();
        // Staff may read what the conditions of a warning are.
        let mut judge = |file: String, inside: bool, words: Result<String, Problem>| match words {
            Err(problem) => found.push(problem),
            Ok(_) if inside => {}
            Ok(words) => found.extend(notice::forbidden(&words).map(|word| {
                let file = format!("templates/{file}");
                Problem::file(file, msg!("rules.colour", word = word), msg!("rules.colour_advice"))
            })),
        };
        for rule in rules {
            for tell in rule.tell.iter().filter(|tell| texts.has_gist(&tell.template)) {
                for content in sample::contents(rule, lang) {
                    let words =
                        Gist::of(texts, &tell.template, &sample::recipient(tell), &content, &sample::lines(lang));
                    judge(
                        gist_path(lang, &tell.template),
                        tell.to == Recipients::Duty,
                        words.map(|gist| gist.map_or_else(String::new, |g| g.asks)),
                    );
                }
            }
        }
        for count in 2..=MOST {
            let office = ("某办", "023-00000000");
            let words = texts.merged_sms(office, sample::NAME, &vec![sample::gist(lang); count]);
            judge(path(lang, merged::TEMPLATE, Form::Sms, false), false, words.map(|words| words.example()));
            let letter = Placed::from("文");
            let mail = texts.merged_mail("某办", &vec![("题", &letter); count]);
            judge(
                path(lang, merged::TEMPLATE, Form::Email, false),
                false,
                mail.map(|(subject, body)| subject + body.text()),
            );
        }
        found.retain(|problem| !self.problems.contains(problem));
        found.dedup();
        self.problems.extend(found);
    }
}

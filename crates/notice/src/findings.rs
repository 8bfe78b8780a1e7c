//! What is known of the air, in sentences.
//!
//! In: facts, sentences on the index. Out: a sentence for what is compared with one threshold. Can't happen: a value said twice.

use crate::content::Fact;
use cuofeng_base::msg;
use cuofeng_base::text::Lang;

/// The facts in sentences: what is compared with the same threshold is said once, and a value that a sentence on the index
/// says stands there alone.
#[must_use]
pub fn findings(facts: &[Fact], indexes: &[String], lang: Lang) -> Vec<String> {
    let same = |a: &Fact, b: &Fact| {
        (&a.what, &a.origin, &a.unit, &a.comparison, &a.threshold, &a.limit)
            == (&b.what, &b.origin, &b.unit, &b.comparison, &b.threshold, &b.limit)
    };
    let mut groups: Vec<Vec<&Fact>> = Vec::new();
    for fact in facts {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| same(first, fact))) {
            Some(group) => group.push(fact),
            None => groups.push(vec![fact]),
        }
    }
    let words = |group: &Vec<&Fact>| {
        let first = group.first()?;
        let values: Vec<String> =
            group.iter().map(|f| msg!("notice.value_on", when = &f.when, value = &f.value).text(lang)).collect();
        let unit =
            if first.unit.is_empty() { String::new() } else { msg!("notice.unit", unit = &first.unit).text(lang) };
        let (what, comparison) = (msg!("notice.known", what = &first.what, origin = &first.origin), &first.comparison);
        let words = if group.iter().all(|fact| is_said(fact, indexes, lang)) {
            let days: Vec<&str> = group.iter().map(|fact| fact.when.as_str()).collect();
            msg!(
                "notice.beyond_index",
                what = what,
                days = days.join(lang.comma()),
                comparison = comparison,
                limit = &first.limit,
                threshold = &first.threshold
            )
        } else if first.standard {
            msg!(
                "notice.beyond_limit",
                what = what,
                values = values,
                unit = unit,
                comparison = comparison,
                limit = &first.limit,
                threshold = &first.threshold
            )
        } else {
            msg!(
                "notice.beyond",
                what = what,
                values = values,
                unit = unit,
                comparison = comparison,
                limit = &first.limit,
                threshold = &first.threshold
            )
        };
        Some(words.text(lang))
    };
    groups.iter().filter_map(words).collect()
}

/// Whether a sentence on the index says a fact's value of its day.
fn is_said(fact: &Fact, indexes: &[String], lang: Lang) -> bool {
    let value = msg!("notice.value_on", when = &fact.when, value = &fact.value).text(lang);
    let says = |index: &String| {
        index.match_indices(&value).any(|(at, _)| {
            let rest = index.get(at + value.len()..).unwrap_or_default().trim_start();
            rest.starts_with(['（', '('])
        })
    };
    fact.unit.is_empty() && indexes.iter().any(says)
}

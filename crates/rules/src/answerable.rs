//! Which rules can ever be answered with what the feeds bring.
//!
//! In: rules, what is brought for a region, and the pollutants that the AQI needs. Out: the levels that can never be known
//! to hold and the rules that can never be known to have cleared, each with what it lacks. Can't happen: a rule that is
//! silent for months because nobody brings what it looks at; a rule named because a feed failed once.

use std::collections::BTreeSet;

use super::Rule;
use super::expr::{Expr, Node, Operator, Quantity, Source, Test};
use cuofeng_air::forecast::{Run, Series, Variable};
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};

/// What feeds bring for a region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Brings {
    /// Hourly variables.
    pub hours: BTreeSet<Variable>,
    /// Forecasts of whole days, from which index, primary pollutant and hours of concentrations come.
    pub days: bool,
    /// Hot spots.
    pub fires: bool,
    /// Places of villages, which hot spots can be near.
    pub places: bool,
}

impl Brings {
    /// With what a run says.
    pub fn add_run(&mut self, run: &Run) {
        self.days |= !run.days.is_empty();
        self.hours.extend(run.columns.keys());
    }

    /// With what a series holds.
    pub fn add_series(&mut self, series: &Series) {
        self.days |= series.has_outlooks();
        self.hours.extend(Variable::ALL.into_iter().filter(|variable| series.values(*variable).is_some()));
    }

    fn has(&self, variable: Variable) -> bool {
        self.hours.contains(&variable) || self.days && Variable::AIR.contains(&variable)
    }
}

/// Something that a condition looks at and nobody brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// A variable.
    Variable(Variable),
    /// Hot spots.
    Fires,
    /// Places of villages.
    Places,
}

impl Lack {
    fn words(self, lang: Lang) -> String {
        match self {
            Self::Variable(variable) => variable.words(lang).to_owned(),
            Self::Fires => msg!("rules.unanswered_fires").text(lang),
            Self::Places => msg!("rules.unanswered_places").text(lang),
        }
    }
}

/// What a rule can never tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Never {
    /// The level that can never be known to hold; none where it is the end of what was told that can't be known.
    pub level: Option<String>,
    /// What it lacks.
    pub lacks: BTreeSet<Lack>,
}

impl Never {
    /// In a sentence about a rule in a region.
    #[must_use]
    pub fn message(&self, rule: &Rule, region: &str, lang: Lang) -> Message {
        let lacks: Vec<String> = self.lacks.iter().map(|lack| lack.words(lang)).collect();
        let lacks = lacks.join(lang.comma());
        match &self.level {
            Some(level) => {
                msg!("rules.unanswered_level", rule = &rule.name, level = level, region = region, lacks = lacks)
            }
            None => msg!("rules.unanswered_end", rule = &rule.name, region = region, lacks = lacks),
        }
    }
}

/// What a rule can never tell with what is brought.
#[must_use]
pub fn never(rule: &Rule, brings: &Brings, needed: &[Variable]) -> Vec<Never> {
    let looked = Looked { brings, needed };
    let conditions = || rule.levels.iter().filter_map(|level| Some((level, level.when.as_ref()?)));
    let mut out: Vec<Never> = Vec::new();
    for (level, when) in conditions() {
        if let Some(lacks) = looked.lacks(&when.expr, true) {
            out.push(Never { level: Some(level.name.clone()), lacks });
        }
    }
    // What can never be told needs no end.
    if out.len() < conditions().count() {
        let lacks = match &rule.lift {
            Some(lift) => looked.lacks(&lift.expr, true),
            None => all(conditions().map(|(_, when)| looked.lacks(&when.expr, false))),
        };
        out.extend(lacks.map(|lacks| Never { level: None, lacks }));
    }
    out
}

type Lacks = Option<BTreeSet<Lack>>;

/// Of parts that must all be answered: everything that one of them lacks.
fn all(parts: impl Iterator<Item = Lacks>) -> Lacks {
    let lacks: BTreeSet<Lack> = parts.flatten().flatten().collect();
    (!lacks.is_empty()).then_some(lacks)
}

/// Of parts of which one is enough: everything that they lack, where every one of them lacks something.
fn one(parts: impl Iterator<Item = Lacks>) -> Lacks {
    let mut lacks = BTreeSet::new();
    for part in parts {
        lacks.extend(part?);
    }
    (!lacks.is_empty()).then_some(lacks)
}

struct Looked<'a> {
    brings: &'a Brings,
    needed: &'a [Variable],
}

impl Looked<'_> {
    /// What keeps a condition from ever being known to be `wanted`; nothing where it can be.
    fn lacks(&self, expr: &Expr, wanted: bool) -> Lacks {
        match &expr.node {
            Node::All(parts) | Node::Any(parts) => {
                let lacks = parts.iter().map(|part| self.lacks(part, wanted));
                if matches!(expr.node, Node::All(_)) == wanted { all(lacks) } else { one(lacks) }
            }
            Node::Not(inner) => self.lacks(inner, !wanted),
            Node::Lasts(inner, _) | Node::Within(inner, _) => self.lacks(inner, wanted),
            Node::Compare(quantity, test) => self.compared(*quantity, *test, wanted),
            Node::Primary { .. } if self.brings.days => None,
            // To be known to be it takes all that the index needs; to be known not to be it, itself.
            Node::Primary { pollutant, is } if *is == wanted => {
                self.variables(self.needed.iter().copied().chain([*pollutant]))
            }
            Node::Primary { pollutant, .. } => self.variables([*pollutant]),
            Node::Hours(_) | Node::Months { .. } | Node::Workday | Node::Order(..) => None,
        }
    }

    fn compared(&self, quantity: Quantity, test: Test, wanted: bool) -> Lacks {
        // A lower bound tells that something is above, and never that it is not.
        let bound = match test {
            Test::Is(Operator::Above | Operator::AtLeast, _) => wanted,
            Test::Is(Operator::Below | Operator::AtMost, _) => !wanted,
            _ => false,
        };
        let any = Variable::AIR.into_iter().any(|variable| self.brings.has(variable));
        match quantity {
            Quantity::Aqi if self.brings.days || bound && any => None,
            Quantity::Aqi => self.variables(self.needed.iter().copied()),
            Quantity::Hour(source) | Quantity::Day(_, source) | Quantity::Trailing(_, source, _) => match source {
                Source::Variable(variable) => self.variables([variable]),
                Source::Ozone8h => self.variables([Variable::O3]),
                Source::AqiHour if self.brings.has(Variable::AqiHour) || bound && any => None,
                Source::AqiHour => self.variables(self.needed.iter().copied()),
                Source::Fires(_) => {
                    let both = [(self.brings.fires, Lack::Fires), (self.brings.places, Lack::Places)];
                    let lacks: BTreeSet<Lack> =
                        both.into_iter().filter(|(is_there, _)| !is_there).map(|(_, lack)| lack).collect();
                    (!lacks.is_empty()).then_some(lacks)
                }
            },
        }
    }

    fn variables(&self, wanted: impl IntoIterator<Item = Variable>) -> Lacks {
        let lacks: BTreeSet<Lack> =
            wanted.into_iter().filter(|variable| !self.brings.has(*variable)).map(Lack::Variable).collect();
        (!lacks.is_empty()).then_some(lacks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file;
    use cuofeng_air::forecast::Take;

    fn rule(when: &str) -> Rule {
        let text = format!(
            "[[rule]]\nid = \"x\"\nname = \"X\"\nkind = \"x\"\nsource = \"s\"\nshape = \"days\"\n[[rule.level]]\nid = \"l\"\nname = \"L\"\nwhen = \"{when}\"\n\
             [[rule.tell]]\nto = \"duty\"\nforms = [\"email\"]\ntemplate = \"ozone/duty\"\n"
        );
        file::parse("x.toml", &text, Take::Middle).expect(when).remove(0)
    }

    fn found(when: &str, hours: &[Variable], days: bool) -> Vec<(bool, Vec<Lack>)> {
        let brings = Brings { hours: hours.iter().copied().collect(), days, fires: false, places: true };
        let never = never(&rule(when), &brings, &Variable::AIR);
        never.into_iter().map(|n| (n.level.is_some(), n.lacks.into_iter().collect())).collect()
    }

    #[test]
    fn a_level_that_nobody_can_answer_is_named_with_what_it_lacks() {
        use Variable::{Co, MixingHeight, No2, O3, Pm10, Pm25, So2, Wind};
        let lacks =
            |variables: &[Variable]| vec![(true, variables.iter().map(|v| Lack::Variable(*v)).collect::<Vec<_>>())];
        assert_eq!(found("o3 > 160 µg/m³", &[O3], false), []);
        // What is primary is known where all that the index needs is: another may be above.
        assert_eq!(found("aqi > 150 and primary = pm25", &[O3, Pm25], false), lacks(&[Pm10, So2, No2, Co]));
        assert_eq!(found("aqi > 150 and primary = pm25", &Variable::AIR, false), []);
        assert_eq!(found("aqi > 150 and primary = pm25", &[], true), [], "it is stated");
        assert_eq!(found("o3 > 160 µg/m³", &[], true), [], "hours are made of days");
        assert_eq!(found("o3 > 160 µg/m³ and wind < 2 m/s", &[O3], false), lacks(&[Wind]));
        assert_eq!(found("wind < 2 m/s and mixing_height < 500 m", &[O3], true), lacks(&[Wind, MixingHeight]));
        assert_eq!(found("primary = pm25 and hour in 8..18", &[O3], false), lacks(&[Pm25, Pm10, So2, No2, Co]));
        let brings = Brings { hours: [O3].into(), ..Brings::default() };
        let two = never(&rule("primary = pm25"), &brings, &[O3, Pm25]);
        assert_eq!(two[0].lacks, BTreeSet::from([Lack::Variable(Pm25)]), "a place whose index needs no others");
        assert_eq!(found("fires(5 km) > 0", &[O3], false), vec![(true, vec![Lack::Fires])]);
    }

    #[test]
    fn hot_spots_are_near_nothing_where_no_village_has_a_place() {
        let lacks = |fires, places| {
            let brings = Brings { fires, places, ..Brings::default() };
            let never = never(&rule("fires(5 km) > 0"), &brings, &Variable::AIR);
            never.into_iter().flat_map(|never| never.lacks).collect::<Vec<_>>()
        };
        assert_eq!(lacks(true, true), []);
        assert_eq!(lacks(true, false), [Lack::Places]);
        assert_eq!(lacks(false, false), [Lack::Fires, Lack::Places]);
    }

    #[test]
    fn what_can_be_told_and_never_taken_back_is_named_too() {
        use Variable::{Co, No2, O3, Pm10, Pm25, So2, Wind};
        let missing: Vec<Lack> = [Pm10, So2, No2, Co].map(Lack::Variable).to_vec();
        assert_eq!(found("aqi > 150", &[O3, Pm25], false), [(false, missing)]);
        assert_eq!(found("aqi > 150", &Variable::AIR, false), []);
        assert_eq!(found("aqi > 150", &[], true), []);
        // One of two is enough to hold; both must fail to clear.
        assert_eq!(found("o3 > 160 µg/m³ or wind < 2 m/s", &[O3], false), [(false, vec![Lack::Variable(Wind)])]);
    }
}

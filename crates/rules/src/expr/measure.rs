//! Quantities, thresholds and lengths of time: the part of the parser that knows units.

use std::ops::Range;

use super::lex::Kind;
use super::names::{Unit, Word};
use super::parse::{Parsed, Parser, in_hours};
use super::{ExprError, Fold, Length, Node, Operator, Quantity, Source, Test};
use cuofeng_air::forecast::Variable;
use cuofeng_aqi::parse_milli;
use cuofeng_base::msg;
use cuofeng_base::text::Message;

/// Largest threshold in thousandths: hourly values are `i32`.
const LARGEST: i64 = 2_000_000_000;
/// A leap year of hours and of days.
const LONGEST: (u32, u32) = (8784, 366);

/// A threshold as written, before its unit is checked.
struct Bound {
    /// In thousandths of the unit written.
    value: i64,
    number: Range<usize>,
    unit: Option<(Unit, Range<usize>)>,
}

impl Parser<'_> {
    pub(super) fn comparison(&mut self) -> Parsed<Node> {
        let start = self.range().start;
        let quantity = self.quantity()?;
        let name = self.since(start);
        let test = if let Some(operator) = self.operator() {
            let bound = self.bound(quantity.unit())?;
            Test::Is(operator, self.checked(&bound, quantity.unit(), &name)?)
        } else if self.accept(Word::Between) {
            self.range_of(quantity, &name)?
        } else if matches!(quantity, Quantity::Hour(Source::Fires(_))) {
            Test::Is(Operator::Above, 0)
        } else {
            return Err(self.wrong(msg!("rules.expr_operator"), msg!("rules.expr_operator_advice")));
        };
        Ok(Node::Compare(quantity, test))
    }

    /// `A and B` after `between`; the first may leave its unit to the second.
    fn range_of(&mut self, quantity: Quantity, name: &Range<usize>) -> Parsed<Test> {
        let unit = quantity.unit();
        let start = self.range().start;
        let mut low = self.bound(unit)?;
        if !self.pair() && !self.accept(Word::To) && !self.accept(Word::Minus) {
            return Err(self.wrong(msg!("rules.expr_between"), msg!("rules.expr_between_advice")));
        }
        let high = self.bound(unit)?;
        let range = self.since(start);
        self.accept(Word::Betwixt);
        if low.unit.is_none() {
            low.unit.clone_from(&high.unit);
        }
        let to = self.checked(&high, unit, name)?;
        let from = self.checked(&low, unit, name)?;
        // Directions go round: between 315° and 45° is north.
        if from > to && quantity != Quantity::Hour(Source::Variable(Variable::WindDirection)) {
            let (what, advice) = (msg!("rules.expr_between_order"), msg!("rules.expr_between_advice"));
            return Err(ExprError { range, what, advice });
        }
        Ok(Test::Between(from, to))
    }

    fn quantity(&mut self) -> Parsed<Quantity> {
        let start = self.range();
        match self.word() {
            Some(Word::Aqi) => {
                self.at += 1;
                Ok(Quantity::Aqi)
            }
            Some(Word::Daily(fold)) => {
                self.at += 1;
                self.open()?;
                let source = self.folded(fold, &start)?;
                self.close()?;
                Ok(Quantity::Day(fold, source))
            }
            Some(Word::Fold(fold)) => {
                self.at += 1;
                self.open()?;
                let source = self.folded(fold, &start)?;
                if !self.accept(Word::Comma) {
                    return Err(self.wrong(msg!("rules.expr_window"), msg!("rules.expr_window_advice")));
                }
                let hours = in_hours(self.length()?);
                self.close()?;
                Ok(Quantity::Trailing(fold, source, hours))
            }
            _ => {
                let source = self.source()?;
                // 臭氧8小时日最大
                let Some(Word::Daily(fold)) = self.word() else { return Ok(Quantity::Hour(source)) };
                foldable(fold, source).map_err(|advice| self.unfoldable(start, advice))?;
                self.at += 1;
                Ok(Quantity::Day(fold, source))
            }
        }
    }

    /// The source inside `daily_max(…)` or `mean(…, 24h)`, if it can be taken so; `head` is the word before `(`.
    fn folded(&mut self, fold: Fold, head: &Range<usize>) -> Parsed<Source> {
        if self.word() == Some(Word::Aqi) {
            let (what, advice) = (msg!("rules.expr_aqi_daily"), msg!("rules.expr_aqi_daily_advice"));
            return Err(ExprError { range: head.clone(), what, advice });
        }
        let start = self.range().start;
        let source = self.source()?;
        foldable(fold, source).map_err(|advice| self.unfoldable(self.since(start), advice))?;
        Ok(source)
    }

    fn unfoldable(&self, range: Range<usize>, advice: Message) -> ExprError {
        let what = msg!("rules.expr_fold", name = self.text(&range));
        ExprError { range, what, advice }
    }

    fn source(&mut self) -> Parsed<Source> {
        match self.word() {
            Some(Word::Source(source)) => {
                self.at += 1;
                Ok(source)
            }
            Some(Word::Fires) => {
                self.at += 1;
                self.open()?;
                let metres = self.radius()?;
                self.close()?;
                Ok(Source::Fires(metres))
            }
            _ => Err(self.wrong(msg!("rules.expr_variable"), msg!("rules.expr_variable_advice"))),
        }
    }

    /// A distance of whole metres up to 100 km.
    fn radius(&mut self) -> Parsed<u32> {
        let start = self.range().start;
        let number = self.number();
        if number.is_none() {
            return Err(self.wrong(msg!("rules.expr_radius"), msg!("rules.expr_radius_advice")));
        }
        self.at += 1;
        let Some(Word::Unit(unit @ (Unit::Metre | Unit::Kilometre))) = self.word() else {
            return Err(self.wrong(msg!("rules.expr_radius"), msg!("rules.expr_radius_advice")));
        };
        self.at += 1;
        let thousandths = number.as_deref().and_then(parse_milli);
        let metres = thousandths.map(|v| if unit == Unit::Kilometre { v * 1000 } else { v });
        let whole = metres.filter(|v| v % 1000 == 0).and_then(|v| u32::try_from(v / 1000).ok());
        whole.filter(|m| (1..=100_000).contains(m)).ok_or_else(|| ExprError {
            range: self.since(start),
            what: msg!("rules.expr_radius"),
            advice: msg!("rules.expr_radius_advice"),
        })
    }

    /// `48h`, `2 days`.
    pub(super) fn length(&mut self) -> Parsed<Length> {
        let start = self.range().start;
        let Some(number) = self.number().or_else(|| self.numeral()) else {
            return Err(self.wrong(msg!("rules.expr_length"), msg!("rules.expr_length_advice")));
        };
        self.at += 1;
        let days = match self.word() {
            Some(Word::Unit(Unit::Hours) | Word::Hour) => false,
            Some(Word::Unit(Unit::Days)) => true,
            _ => return Err(self.wrong(msg!("rules.expr_length"), msg!("rules.expr_length_advice"))),
        };
        self.at += 1;
        let most = if days { LONGEST.1 } else { LONGEST.0 };
        match number.parse::<u32>().ok().filter(|count| (1..=most).contains(count)) {
            Some(count) if days => Ok(Length::Days(count)),
            Some(count) => Ok(Length::Hours(count)),
            None => Err(ExprError {
                range: self.since(start),
                what: msg!("rules.expr_length_range"),
                advice: msg!("rules.expr_length_range_advice", hours = LONGEST.0, days = LONGEST.1),
            }),
        }
    }

    /// A number and the unit that may follow it.
    fn bound(&mut self, wanted: &'static str) -> Parsed<Bound> {
        let start = self.range().start;
        let negative = self.accept(Word::Minus);
        let Some(digits) = self.number() else {
            return Err(self.wrong(msg!("rules.expr_number"), msg!("rules.expr_number_advice")));
        };
        self.at += 1;
        let number = self.since(start);
        // More than three decimals would be rounded away.
        let fine = digits.split_once('.').is_some_and(|(_, part)| part.trim_end_matches('0').len() > 3);
        let Some(value) = parse_milli(&digits).filter(|_| !fine) else { return Err(out_of_range(number)) };
        let range = self.range();
        let unit = match self.kind() {
            Some(Kind::Word(Word::Unit(unit))) => {
                self.at += 1;
                Some((unit, range))
            }
            Some(Kind::Stray) if !wanted.is_empty() => {
                let what = msg!("rules.expr_unit_unknown", unit = self.text(&range));
                return Err(ExprError { range, what, advice: msg!("rules.expr_unit_advice", unit = wanted) });
            }
            _ => None,
        };
        Ok(Bound { value: if negative { -value } else { value }, number, unit })
    }

    /// The threshold in thousandths of `wanted`.
    fn checked(&self, bound: &Bound, wanted: &'static str, name: &Range<usize>) -> Parsed<i64> {
        let quantity = self.text(name);
        let Some((unit, place)) = &bound.unit else {
            if wanted.is_empty() {
                return Ok(bound.value);
            }
            let what = msg!("rules.expr_unit_missing", quantity = quantity, unit = wanted);
            let advice = msg!("rules.expr_unit_advice", unit = wanted);
            return Err(ExprError { range: bound.number.clone(), what, advice });
        };
        if wanted.is_empty() {
            let (what, advice) =
                (msg!("rules.expr_unit_none", quantity = quantity), msg!("rules.expr_unit_none_advice"));
            return Err(ExprError { range: place.clone(), what, advice });
        }
        let Some((times, over)) = unit.factor(wanted) else {
            let what = msg!("rules.expr_unit_wrong", quantity = quantity, unit = self.text(place));
            let advice = msg!("rules.expr_unit_advice", unit = wanted);
            return Err(ExprError { range: place.clone(), what, advice });
        };
        let product = bound.value * times;
        if product % over != 0 || product.abs() / over > LARGEST {
            return Err(out_of_range(bound.number.clone()));
        }
        Ok(product / over)
    }
}

/// Whether several hours of a source can be folded so; if not, what to write instead.
fn foldable(fold: Fold, source: Source) -> Result<(), Message> {
    match (fold, source) {
        (_, Source::Variable(Variable::WindDirection)) => Err(msg!("rules.expr_fold_direction_advice")),
        (_, Source::Fires(_)) => Err(msg!("rules.expr_fold_fires_advice")),
        (Fold::Mean | Fold::Min | Fold::Sum, Source::Ozone8h) => Err(msg!("rules.expr_fold_ozone_advice")),
        (Fold::Sum, Source::Variable(Variable::Precipitation)) => Ok(()),
        (Fold::Sum, _) => Err(msg!("rules.expr_fold_sum_advice")),
        _ => Ok(()),
    }
}

fn out_of_range(range: Range<usize>) -> ExprError {
    ExprError { range, what: msg!("rules.expr_number_range"), advice: msg!("rules.expr_number_range_advice") }
}

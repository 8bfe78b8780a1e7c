//! From tokens to a typed tree: names in both languages, units checked.

use std::ops::Range;

use super::lexer::{Token, tokens};
use super::{Aggregate, Comparison, Expr, ExprError, Operator, Quantity};
use crate::aqi::parse_milli;
use crate::forecast::Variable;
use crate::msg;
use crate::problem::nearest;
use crate::text::Message;
use crate::time::ClockWindow;

const QUANTITIES: [(&str, Quantity); 30] = [
    ("pm25", Quantity::Hourly(Variable::Pm25)),
    ("细颗粒物", Quantity::Hourly(Variable::Pm25)),
    ("pm10", Quantity::Hourly(Variable::Pm10)),
    ("可吸入颗粒物", Quantity::Hourly(Variable::Pm10)),
    ("so2", Quantity::Hourly(Variable::So2)),
    ("二氧化硫", Quantity::Hourly(Variable::So2)),
    ("no2", Quantity::Hourly(Variable::No2)),
    ("二氧化氮", Quantity::Hourly(Variable::No2)),
    ("co", Quantity::Hourly(Variable::Co)),
    ("一氧化碳", Quantity::Hourly(Variable::Co)),
    ("o3", Quantity::Hourly(Variable::O3)),
    ("臭氧", Quantity::Hourly(Variable::O3)),
    ("o3_8h", Quantity::Ozone8h),
    ("臭氧8小时", Quantity::Ozone8h),
    ("aqi", Quantity::Aqi),
    ("日aqi", Quantity::Aqi),
    ("temperature", Quantity::Hourly(Variable::Temperature)),
    ("气温", Quantity::Hourly(Variable::Temperature)),
    ("humidity", Quantity::Hourly(Variable::Humidity)),
    ("湿度", Quantity::Hourly(Variable::Humidity)),
    ("wind", Quantity::Hourly(Variable::Wind)),
    ("风速", Quantity::Hourly(Variable::Wind)),
    ("wind_direction", Quantity::Hourly(Variable::WindDirection)),
    ("风向", Quantity::Hourly(Variable::WindDirection)),
    ("precipitation", Quantity::Hourly(Variable::Precipitation)),
    ("降水", Quantity::Hourly(Variable::Precipitation)),
    ("radiation", Quantity::Hourly(Variable::Radiation)),
    ("辐射", Quantity::Hourly(Variable::Radiation)),
    ("mixing_height", Quantity::Hourly(Variable::MixingHeight)),
    ("混合层高度", Quantity::Hourly(Variable::MixingHeight)),
];

const AGGREGATES: [(&str, Aggregate); 6] = [
    ("daily_max", Aggregate::DailyMax),
    ("日最大", Aggregate::DailyMax),
    ("daily_mean", Aggregate::DailyMean),
    ("日平均", Aggregate::DailyMean),
    ("daily_min", Aggregate::DailyMin),
    ("日最小", Aggregate::DailyMin),
];

const OPERATORS: [(&str, Operator); 8] = [
    (">", Operator::Above),
    ("高于", Operator::Above),
    (">=", Operator::AtLeast),
    ("不低于", Operator::AtLeast),
    ("<", Operator::Below),
    ("低于", Operator::Below),
    ("<=", Operator::AtMost),
    ("不高于", Operator::AtMost),
];

/// A unit as written, and the unit it stands for.
const UNITS: [(&str, &str); 22] = [
    ("µg/m³", "µg/m³"),
    ("µg/m3", "µg/m³"),
    ("ug/m³", "µg/m³"),
    ("ug/m3", "µg/m³"),
    ("微克每立方米", "µg/m³"),
    ("微克/立方米", "µg/m³"),
    ("mg/m³", "mg/m³"),
    ("mg/m3", "mg/m³"),
    ("毫克每立方米", "mg/m³"),
    ("毫克/立方米", "mg/m³"),
    ("°c", "°C"),
    ("℃", "°C"),
    ("摄氏度", "°C"),
    ("%", "%"),
    ("m/s", "m/s"),
    ("米每秒", "m/s"),
    ("mm", "mm"),
    ("毫米", "mm"),
    ("w/m²", "W/m²"),
    ("m", "m"),
    ("米", "m"),
    ("°", "°"),
];

/// Deepest nesting of brackets and negations.
const DEPTH: usize = 64;

/// Reads a condition.
///
/// # Errors
/// The first thing that can't be read, at its place.
pub fn parse(source: &str) -> Result<Expr, ExprError> {
    let tokens = tokens(source);
    let mut parser = Parser { tokens: &tokens, at: 0, end: source.len(), depth: 0, variable: "" };
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.error(msg!("rules.expr_extra"), msg!("rules.expr_extra_advice"))),
    }
}

struct Parser<'a> {
    tokens: &'a [(Token, Range<usize>)],
    at: usize,
    end: usize,
    depth: usize,
    /// The variable last read, as its author wrote it.
    variable: &'a str,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at).map(|(token, _)| token)
    }

    fn range(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |(_, range)| range.clone())
    }

    fn error(&self, what: Message, advice: Message) -> ExprError {
        ExprError { range: self.range(), what, advice }
    }

    /// Takes the next token if it is one of these words or marks.
    fn accept(&mut self, words: &[&str]) -> bool {
        let matches = match self.peek() {
            Some(Token::Word(word)) => words.contains(&word.as_str()),
            Some(Token::Mark(mark)) => words.contains(mark),
            _ => false,
        };
        self.at += usize::from(matches);
        matches
    }

    fn or(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.and()?;
        while self.accept(&["or", "或", "或者"]) {
            left = Expr::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, ExprError> {
        let mut left = self.not()?;
        while self.accept(&["and", "且", "并且"]) {
            left = Expr::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, ExprError> {
        if self.depth >= DEPTH {
            return Err(self.error(msg!("rules.expr_deep"), msg!("rules.expr_deep_advice")));
        }
        self.depth += 1;
        let result = if self.accept(&["not", "非"]) {
            self.not().map(|inner| Expr::Not(Box::new(inner)))
        } else if self.accept(&["("]) {
            self.or().and_then(|inner| {
                if self.accept(&[")"]) {
                    Ok(inner)
                } else {
                    Err(self.error(msg!("rules.expr_bracket"), msg!("rules.expr_bracket_advice")))
                }
            })
        } else if self.accept(&["hour", "时刻"]) {
            self.hour_in()
        } else {
            self.comparison()
        };
        self.depth -= 1;
        result
    }

    fn hour_in(&mut self) -> Result<Expr, ExprError> {
        let wrong = |parser: &Self| parser.error(msg!("rules.expr_hour"), msg!("rules.expr_hour_advice"));
        if !self.accept(&["in", "在"]) {
            return Err(wrong(self));
        }
        let start = self.range().start;
        let from = self.whole().ok_or_else(|| wrong(self))?;
        if !self.accept(&[".."]) {
            return Err(wrong(self));
        }
        let end = self.range().end;
        let to = self.whole().ok_or_else(|| wrong(self))?;
        let window = ClockWindow::new(from, to);
        window.map(Expr::HourIn).ok_or_else(|| ExprError {
            range: start..end,
            what: msg!("rules.expr_hour"),
            advice: msg!("rules.expr_hour_advice"),
        })
    }

    fn whole(&mut self) -> Option<u32> {
        let Some(Token::Number(text)) = self.peek() else { return None };
        let value = text.parse().ok()?;
        self.at += 1;
        Some(value)
    }

    fn comparison(&mut self) -> Result<Expr, ExprError> {
        let start = self.range().start;
        let (quantity, aggregate) = self.quantity()?;
        let operator = self.operator()?;
        let threshold = self.threshold(quantity)?;
        let end = self.tokens.get(self.at.wrapping_sub(1)).map_or(self.end, |(_, range)| range.end);
        Ok(Expr::Compare(Comparison { quantity, aggregate, operator, threshold, range: start..end }))
    }

    fn quantity(&mut self) -> Result<(Quantity, Aggregate), ExprError> {
        let start = self.at;
        if let Some(aggregate) = self.word(&AGGREGATES) {
            if !self.accept(&["("]) {
                return Err(self.error(msg!("rules.expr_open"), msg!("rules.expr_open_advice")));
            }
            let quantity = self.variable()?;
            if quantity == Quantity::Aqi {
                self.at = start;
                return Err(self.error(msg!("rules.expr_aqi_daily"), msg!("rules.expr_aqi_daily_advice")));
            }
            if !self.accept(&[")"]) {
                return Err(self.error(msg!("rules.expr_bracket"), msg!("rules.expr_bracket_advice")));
            }
            return Ok((quantity, aggregate));
        }
        Ok((self.variable()?, Aggregate::Hour))
    }

    fn variable(&mut self) -> Result<Quantity, ExprError> {
        let written = self.peek();
        if let Some(quantity) = self.word(&QUANTITIES) {
            if let Some(Token::Word(word)) = written {
                self.variable = word;
            }
            return Ok(quantity);
        }
        let Some(Token::Word(word)) = self.peek() else {
            return Err(self.error(msg!("rules.expr_variable"), msg!("rules.expr_variable_advice")));
        };
        let known = QUANTITIES.iter().map(|(n, _)| *n).chain(AGGREGATES.iter().map(|(n, _)| *n));
        let advice = match nearest(word, known) {
            Some(meant) => msg!("roster.meant", meant = meant),
            None => msg!("rules.expr_variable_advice"),
        };
        Err(self.error(msg!("rules.expr_unknown", word = word), advice))
    }

    fn operator(&mut self) -> Result<Operator, ExprError> {
        if let Some(Token::Mark(mark)) = self.peek()
            && let Some((_, operator)) = OPERATORS.iter().find(|(n, _)| n == mark)
        {
            self.at += 1;
            return Ok(*operator);
        }
        self.word(&OPERATORS).ok_or_else(|| self.error(msg!("rules.expr_operator"), msg!("rules.expr_operator_advice")))
    }

    fn word<T: Copy>(&mut self, table: &[(&str, T)]) -> Option<T> {
        let Some(Token::Word(word)) = self.peek() else { return None };
        let (_, value) = table.iter().find(|(name, _)| name == word)?;
        self.at += 1;
        Some(*value)
    }

    fn threshold(&mut self, quantity: Quantity) -> Result<i64, ExprError> {
        let number = match self.peek() {
            Some(Token::Number(text)) => parse_milli(text),
            _ => None,
        };
        let Some(number) = number else {
            return Err(self.error(msg!("rules.expr_number"), msg!("rules.expr_number_advice")));
        };
        let number_range = self.range();
        self.at += 1;
        let wanted = quantity.unit();
        let written = match self.peek() {
            Some(Token::Word(word)) => UNITS.iter().find(|(name, _)| name == word),
            _ => None,
        };
        let Some((shown, unit)) = written else {
            if wanted.is_empty() {
                return Ok(number);
            }
            let what = msg!("rules.expr_unit_missing", unit = wanted);
            return Err(ExprError { range: number_range, what, advice: msg!("rules.expr_unit_advice", unit = wanted) });
        };
        // mg/m³ and µg/m³ are one dimension; the change is exact.
        let converted = match (*unit, wanted) {
            (unit, wanted) if unit == wanted => Some(number),
            ("mg/m³", "µg/m³") => number.checked_mul(1000),
            ("µg/m³", "mg/m³") if number % 1000 == 0 => Some(number / 1000),
            _ => None,
        };
        let Some(converted) = converted else {
            let what = if wanted.is_empty() {
                msg!("rules.expr_unit_none")
            } else {
                msg!("rules.expr_unit_wrong", quantity = self.variable, unit = *shown)
            };
            return Err(self.error(what, msg!("rules.expr_unit_advice", unit = wanted)));
        };
        self.at += 1;
        Ok(converted)
    }
}

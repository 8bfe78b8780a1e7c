//! From tokens to the typed tree: one function a line of the grammar. What is compared with what is read in
//! [`super::measure`].

use std::ops::Range;

use super::lex::{Kind, Token, tokens};
use super::names::{Word, fold, joins, meant, numeral};
use super::{Expr, ExprError, Length, Node, Operator, Source, Tier};
use cuofeng_air::forecast::Variable;
use cuofeng_base::msg;
use cuofeng_base::text::Message;
use cuofeng_base::time::ClockWindow;

/// How deeply brackets, `not` and `未来…内` may nest.
const DEPTH: usize = 48;
/// How many `for` and `within` one condition may carry.
const WRAPS: usize = 4;

pub(super) type Parsed<T> = Result<T, ExprError>;

/// Longest condition, in bytes: ten times what anybody has written.
const LENGTH: usize = 16_000;
/// Most words, numbers and marks of a condition.
const TOKENS: usize = 2000;

/// Reads a condition.
pub fn parse(source: &str) -> Result<Expr, ExprError> {
    let long = |from: usize| ExprError {
        range: from..source.len(),
        what: msg!("rules.expr_long", limit = TOKENS),
        advice: msg!("rules.expr_deep_advice"),
    };
    if source.len() > LENGTH {
        return Err(long(source.floor_char_boundary(LENGTH)));
    }
    let tokens = tokens(source);
    if let Some(token) = tokens.get(TOKENS) {
        return Err(long(token.range.start));
    }
    let end = tokens.last().map_or(0, |token| token.range.end);
    let mut parser = Parser { source, tokens, end, at: 0, depth: 0 };
    let expr = parser.any()?;
    if parser.at < parser.tokens.len() {
        return Err(parser.wrong(msg!("rules.expr_extra"), msg!("rules.expr_extra_advice")));
    }
    Ok(expr)
}

pub(super) struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Token>,
    /// Where the last token ends.
    end: usize,
    pub(super) at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Parsed<Expr> {
        self.joined(Word::Or, Self::all, Node::Any)
    }

    fn all(&mut self) -> Parsed<Expr> {
        self.joined(Word::And, Self::unary, Node::All)
    }

    fn joined(&mut self, by: Word, part: fn(&mut Self) -> Parsed<Expr>, node: fn(Vec<Expr>) -> Node) -> Parsed<Expr> {
        let start = self.range().start;
        let first = part(self)?;
        if !self.join(by) {
            return Ok(first);
        }
        let mut parts = vec![first, part(self)?];
        while self.join(by) {
            parts.push(part(self)?);
        }
        Ok(Expr { node: node(parts), range: self.since(start) })
    }

    /// Passes `by`, with or without a comma before it.
    fn join(&mut self, by: Word) -> bool {
        let comma = usize::from(self.word() == Some(Word::Comma));
        let found = self.tokens.get(self.at + comma).is_some_and(|token| token.kind == Kind::Word(by));
        if found {
            self.at += comma + 1;
        }
        found
    }

    fn unary(&mut self) -> Parsed<Expr> {
        if self.depth >= DEPTH {
            return Err(self.wrong(msg!("rules.expr_deep"), msg!("rules.expr_deep_advice")));
        }
        self.depth += 1;
        let result = self.unary_inside();
        self.depth -= 1;
        result
    }

    fn unary_inside(&mut self) -> Parsed<Expr> {
        let start = self.range().start;
        if self.accept(Word::Not) {
            let inner = self.unary()?;
            return Ok(Expr { node: Node::Not(Box::new(inner)), range: self.since(start) });
        }
        if self.accept(Word::Ahead) {
            let hours = in_hours(self.length()?);
            if !self.accept(Word::Inside) {
                return Err(self.wrong(msg!("rules.expr_ahead"), msg!("rules.expr_ahead_advice")));
            }
            let inner = self.unary()?;
            return Ok(Expr { node: Node::Within(Box::new(inner), hours), range: self.since(start) });
        }
        let mut expr = self.operand()?;
        for wraps in 0.. {
            let lasts = self.accept(Word::For);
            if !lasts && !self.accept(Word::Within) {
                break;
            }
            if wraps >= WRAPS {
                return Err(self.wrong(msg!("rules.expr_deep"), msg!("rules.expr_deep_advice")));
            }
            let length = self.length()?;
            let inner = Box::new(expr);
            let node = if lasts { Node::Lasts(inner, length) } else { Node::Within(inner, in_hours(length)) };
            if lasts {
                self.accept(Word::OrMore);
            }
            expr = Expr { node, range: self.since(start) };
        }
        Ok(expr)
    }

    fn operand(&mut self) -> Parsed<Expr> {
        let start = self.range().start;
        let node = match self.word() {
            Some(Word::Open) => {
                self.at += 1;
                let inner = self.any()?;
                self.close()?;
                return Ok(inner);
            }
            Some(Word::Hour) => {
                let (from, to, range) = self.stretch(Word::OClock, bad_hours)?;
                let (what, advice) = bad_hours();
                Node::Hours(ClockWindow::new(from, to).ok_or(ExprError { range, what, advice })?)
            }
            Some(Word::Month) => {
                let (from, to, range) = self.stretch(Word::MonthMark, bad_months)?;
                if !(1..=12).contains(&from) || !(1..=12).contains(&to) {
                    let (what, advice) = bad_months();
                    return Err(ExprError { range, what, advice });
                }
                Node::Months { from, to }
            }
            Some(Word::Workday) => {
                self.at += 1;
                Node::Workday
            }
            Some(Word::Primary) => self.primary()?,
            Some(Word::Order) => self.order()?,
            _ => {
                self.of_time()?;
                self.comparison()?
            }
        };
        Ok(Expr { node, range: self.since(start) })
    }

    /// Days or hours that stand by themselves, as in `6月1日至9月30日 臭氧…`: an error that says how they are written.
    fn of_time(&self) -> Parsed<()> {
        if self.kind() != Some(Kind::Number) {
            return Ok(());
        }
        let next = self.tokens.get(self.at + 1);
        let colon = next.is_some_and(|token| matches!(self.text(&token.range), ":" | "："));
        match next.map(|token| token.kind) {
            Some(Kind::Word(Word::MonthMark)) => Err(self.bad(bad_months)),
            Some(Kind::Word(Word::OClock)) => Err(self.bad(bad_hours)),
            _ if colon => Err(self.bad(bad_hours)),
            _ => Ok(()),
        }
    }

    /// `in 10..18` or `介于 10 和 18 之间` after the word that stands here: both numbers and their place.
    fn stretch(&mut self, mark: Word, bad: fn() -> (Message, Message)) -> Parsed<(u32, u32, Range<usize>)> {
        self.at += 1;
        let between = self.accept(Word::Between);
        if !between && !self.accept(Word::In) {
            return Err(self.bad(bad));
        }
        let start = self.range().start;
        let Some(from) = self.whole(mark) else { return Err(self.bad(bad)) };
        let joined = self.accept(Word::To) || self.accept(Word::Minus) || (between && self.pair());
        if !joined {
            return Err(self.bad(bad));
        }
        let Some(to) = self.whole(mark) else { return Err(self.bad(bad)) };
        let range = self.since(start);
        self.accept(Word::Betwixt);
        Ok((from, to, range))
    }

    /// A whole number and the mark that may follow it.
    fn whole(&mut self, mark: Word) -> Option<u32> {
        let value = self.number()?.parse().ok()?;
        self.at += 1;
        // 11:00 is eleven; other minutes are none.
        let text = |at: usize| self.tokens.get(at).map(|token| self.text(&token.range));
        if mark == Word::OClock && matches!(text(self.at), Some(":" | "：")) && text(self.at + 1) == Some("00") {
            self.at += 2;
        }
        self.accept(mark);
        Some(value)
    }

    fn primary(&mut self) -> Parsed<Node> {
        self.at += 1;
        let is = match self.word() {
            Some(Word::Operator(Operator::Equal)) => true,
            Some(Word::Operator(Operator::NotEqual)) => false,
            _ => return Err(self.wrong(msg!("rules.expr_primary"), msg!("rules.expr_primary_advice"))),
        };
        self.at += 1;
        let pollutant = match self.word() {
            Some(Word::Source(Source::Ozone8h)) => Some(Variable::O3),
            Some(Word::Source(Source::Variable(variable))) => Some(variable).filter(|v| {
                use Variable::{Co, No2, O3, Pm10, Pm25, So2};
                matches!(v, Pm25 | Pm10 | So2 | No2 | Co | O3)
            }),
            _ => None,
        };
        let Some(pollutant) = pollutant else {
            return Err(self.wrong(msg!("rules.expr_pollutant"), msg!("rules.expr_pollutant_advice")));
        };
        self.at += 1;
        Ok(Node::Primary { pollutant, is })
    }

    fn order(&mut self) -> Parsed<Node> {
        self.at += 1;
        let Some(operator) = self.operator() else { return Ok(Node::Order(Operator::AtLeast, Tier::Blue)) };
        let Some(Word::Tier(tier)) = self.word() else {
            return Err(self.wrong(msg!("rules.expr_tier"), msg!("rules.expr_tier_advice")));
        };
        self.at += 1;
        Ok(Node::Order(operator, tier))
    }

    pub(super) fn operator(&mut self) -> Option<Operator> {
        let Some(Word::Operator(operator)) = self.word() else { return None };
        self.at += 1;
        Some(operator)
    }

    /// The `and` between two bounds.
    pub(super) fn pair(&mut self) -> bool {
        self.accept(Word::And) || self.accept(Word::With)
    }

    pub(super) fn open(&mut self) -> Parsed<()> {
        let found = self.accept(Word::Open);
        found.then_some(()).ok_or_else(|| self.wrong(msg!("rules.expr_open"), msg!("rules.expr_open_advice")))
    }

    pub(super) fn close(&mut self) -> Parsed<()> {
        let found = self.accept(Word::Close);
        found.then_some(()).ok_or_else(|| self.wrong(msg!("rules.expr_bracket"), msg!("rules.expr_bracket_advice")))
    }

    pub(super) fn accept(&mut self, word: Word) -> bool {
        let found = self.word() == Some(word);
        self.at += usize::from(found);
        found
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    pub(super) fn word(&self) -> Option<Word> {
        match self.kind() {
            Some(Kind::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// The number that stands here, in half-width digits.
    pub(super) fn number(&self) -> Option<String> {
        let token = self.tokens.get(self.at).filter(|token| token.kind == Kind::Number)?;
        Some(self.text(&token.range).chars().map(fold).collect())
    }

    /// The count in Chinese numerals that stands here, in digits: 两 of 持续两天.
    pub(super) fn numeral(&self) -> Option<String> {
        let token = self.tokens.get(self.at).filter(|token| token.kind == Kind::Stray)?;
        numeral(self.text(&token.range)).map(|count| count.to_string())
    }

    /// The place of the token that stands here; the end of the last one after them all.
    pub(super) fn range(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |token| token.range.clone())
    }

    /// From `start` to the end of the last token passed.
    pub(super) fn since(&self, start: usize) -> Range<usize> {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        start..last.map_or(start, |token| token.range.end.max(start))
    }

    pub(super) fn text(&self, range: &Range<usize>) -> &str {
        self.source.get(range.clone()).unwrap_or("")
    }

    fn bad(&self, message: fn() -> (Message, Message)) -> ExprError {
        let (what, advice) = message();
        self.wrong(what, advice)
    }

    /// An error at the token that stands here; a word nobody knows is to blame before anything else.
    pub(super) fn wrong(&self, what: Message, advice: Message) -> ExprError {
        let range = self.range();
        if self.kind() != Some(Kind::Stray) {
            return ExprError { range, what, advice };
        }
        let written = self.text(&range);
        let letters = written.chars().next().is_some_and(|c| c.is_alphabetic() || joins(fold(c)));
        let (what, advice) = match meant(written) {
            _ if !letters => (msg!("rules.expr_stray", found = written), msg!("rules.expr_stray_advice")),
            Some(word) => (msg!("rules.expr_unknown", word = written), msg!("rules.expr_meant", meant = word)),
            None => (msg!("rules.expr_unknown", word = written), msg!("rules.expr_unknown_advice")),
        };
        ExprError { range, what, advice }
    }
}

pub(super) fn in_hours(length: Length) -> u32 {
    match length {
        Length::Hours(hours) => hours,
        Length::Days(days) => days * 24,
    }
}

fn bad_hours() -> (Message, Message) {
    (msg!("rules.expr_hour"), msg!("rules.expr_hour_advice"))
}

fn bad_months() -> (Message, Message) {
    (msg!("rules.expr_month"), msg!("rules.expr_month_advice"))
}

//! Official orders: a tier that a government has declared, entered by staff or carried by an official alert feed.
//!
//! In: what the document or the alert says. Out: an [`Order`] with its period. Can't happen: an order without an
//! issuing body; an order that ends before it begins.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::roster::Grade;
use cuofeng_base::msg;
use cuofeng_base::text::{Message, outside};
use cuofeng_base::time::{ClockWindow, Period};

/// The tier of an official warning, lowest first. Not a colour of the index: see reference standards HJ 633.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// 蓝色.
    Blue,
    /// 黄色.
    Yellow,
    /// 橙色.
    Orange,
    /// 红色.
    Red,
}

impl Tier {
    /// All tiers, lowest first.
    pub const ALL: [Self; 4] = [Self::Blue, Self::Yellow, Self::Orange, Self::Red];

    /// The name in the database and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
        }
    }

    /// The tier's Chinese name, as documents write it.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Blue => "蓝色",
            Self::Yellow => "黄色",
            Self::Orange => "橙色",
            Self::Red => "红色",
        }
    }

    /// The tier with this English or Chinese name (with or without 色).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let is = |t: &Self| t.name() == name || t.chinese() == name || t.chinese().strip_suffix('色') == Some(name);
        Self::ALL.into_iter().find(is)
    }

    /// The tier in a sentence.
    #[must_use]
    pub const fn message(self) -> Message {
        match self {
            Self::Blue => msg!("tier.blue"),
            Self::Yellow => msg!("tier.yellow"),
            Self::Orange => msg!("tier.orange"),
            Self::Red => msg!("tier.red"),
        }
    }
}

/// Who entered an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// An official alert feed: the feed's name and the alert's identifier there.
    Feed {
        /// Name of the feed.
        feed: String,
        /// The alert's identifier at the provider.
        alert: String,
    },
    /// A member of staff.
    Staff {
        /// Who.
        by: String,
    },
}

/// Whom an order is for, as staff enter it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Addressee {
    /// All enterprises.
    Enterprises,
    /// All villages, by their loudspeakers.
    Villages,
    /// All cadres and grid workers.
    Keepers,
    /// Enterprises of a sector.
    Sector(String),
    /// Enterprises of a grade.
    Grade(Grade),
    /// Enterprises with a tag.
    Tag(String),
    /// A village, its cadre and its grid worker.
    Village(String),
}

impl From<Addressee> for String {
    fn from(addressee: Addressee) -> Self {
        match addressee {
            Addressee::Enterprises => "enterprises".to_owned(),
            Addressee::Villages => "villages".to_owned(),
            Addressee::Keepers => "keepers".to_owned(),
            Addressee::Sector(sector) => format!("sector={sector}"),
            Addressee::Grade(grade) => format!("grade={}", grade.letter()),
            Addressee::Tag(tag) => format!("tag={tag}"),
            Addressee::Village(village) => format!("village={village}"),
        }
    }
}

impl TryFrom<String> for Addressee {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let read = || {
            Some(match text.trim() {
                "enterprises" | "企业" => Self::Enterprises,
                "villages" | "村" => Self::Villages,
                "keepers" | "村干部" | "网格员" => Self::Keepers,
                other => {
                    let (kind, value) = other.split_once('=')?;
                    let value = value.trim().to_owned();
                    match kind.trim() {
                        _ if value.is_empty() => return None,
                        "sector" | "行业" => Self::Sector(value),
                        "grade" | "等级" => Self::Grade(Grade::parse(&value)?),
                        "tag" | "标签" => Self::Tag(value),
                        "village" | "村" => Self::Village(value),
                        _ => return None,
                    }
                }
            })
        };
        read().ok_or_else(|| text.clone())
    }
}

/// What an order asks for beside its tier, as its document says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Details {
    /// What is to be done, in the document's words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub measures: String,
    /// Clock hours on its days; all of them where the document names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<ClockWindow>,
    /// Whom it is for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Addressee>,
    /// Until when the addressees must have acted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<DateTime<Utc>>,
    /// The document itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<Document>,
}

/// A document that the site keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Where, below the site.
    pub path: String,
    /// SHA-256 of its bytes, in hexadecimal digits: whether it is still what was entered.
    pub sha256: String,
}

/// An official warning in force, or one that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Region identifier.
    pub region: String,
    /// What it warns of, as the source names it: 臭氧, 重污染天气, 霾, …
    pub subject: String,
    /// The source's code of the subject (1032 ozone, 1067 heavy pollution weather, …), where it has one.
    pub code: Option<String>,
    /// Its tier.
    pub tier: Tier,
    /// From when to when it is in force, as declared.
    pub period: Period,
    /// The issuing body.
    pub issuer: String,
    /// Document number or headline.
    pub document: String,
    /// When it was declared.
    pub issued_at: DateTime<Utc>,
    /// Who entered it.
    pub entry: Entry,
    /// When it was lifted before its end, if it was.
    pub lifted_at: Option<DateTime<Utc>>,
    /// What it asks for beside its tier; empty where only its tier is known.
    pub details: Details,
}

impl Order {
    /// The order with its words as they may go on: each one line, but for the measures, which may have several.
    #[must_use]
    pub fn cleaned(&self) -> Self {
        let details = Details { measures: outside::lines(&self.details.measures), ..self.details.clone() };
        Self {
            subject: outside::line(&self.subject),
            issuer: outside::line(&self.issuer),
            document: outside::line(&self.document),
            details,
            ..self.clone()
        }
    }

    /// The period in which it is in force: as declared, or until it was lifted. Nothing where it was lifted before
    /// it began.
    #[must_use]
    pub fn in_force(&self) -> Option<Period> {
        match self.lifted_at {
            Some(lifted) => Period::new(self.period.start, self.period.end.min(lifted)),
            None => Some(self.period),
        }
    }
}

//! The columns of a site's tables: the one place that says what they are called and what stands in them.
//!
//! In: nothing. Out: the [`Table`]s with their [`Column`]s, from which tables are read, described (`cuofeng tables`) and
//! written empty (`init`, `cuofeng tables --xlsx`). Can't happen: a column that is read and not described.

mod people;
mod work;

use std::collections::BTreeMap;

use super::Sectors;
use super::head::Head;
use super::unit::Quantity;
use cuofeng_base::msg;
use cuofeng_base::text::{Lang, Message};

/// A table of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Enterprises and whom to tell.
    Enterprises,
    /// What they run, when, and with what emission.
    Processes,
    /// Villages, their keepers and loudspeakers.
    Villages,
    /// The office's own people.
    Staff,
    /// Who is on duty when.
    Duty,
    /// Who is copied in on official orders.
    Departments,
}

impl Table {
    /// All tables, in the order in which an office fills them.
    pub const ALL: [Self; 6] =
        [Self::Enterprises, Self::Processes, Self::Villages, Self::Staff, Self::Duty, Self::Departments];

    /// Its name: its file is called so, with `.csv` or `.xlsx`, and its section in the site file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enterprises => "enterprises",
            Self::Processes => "processes",
            Self::Villages => "villages",
            Self::Staff => "staff",
            Self::Duty => "duty",
            Self::Departments => "departments",
        }
    }

    /// What it is called in sentences and on sheets.
    #[must_use]
    pub const fn title(self) -> Message {
        msg!(match self {
            Self::Enterprises => "columns.enterprises",
            Self::Processes => "columns.processes",
            Self::Villages => "columns.villages",
            Self::Staff => "columns.staff",
            Self::Duty => "columns.duty",
            Self::Departments => "columns.departments",
        })
    }

    /// Whether a site must have it.
    #[must_use]
    pub const fn required(self) -> bool {
        !matches!(self, Self::Duty | Self::Departments)
    }

    /// Its columns, in the order in which they are written.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Enterprises => &people::ENTERPRISES,
            Self::Processes => &work::PROCESSES,
            Self::Villages => &people::VILLAGES,
            Self::Staff => &people::STAFF,
            Self::Duty => &people::DUTY,
            Self::Departments => &people::DEPARTMENTS,
        }
    }

    /// The column with an English name.
    #[must_use]
    pub fn column(self, name: &str) -> Option<&'static Column> {
        self.columns().iter().find(|column| column.name == name)
    }

    /// The column that is meant by a name in either language.
    #[must_use]
    pub fn named(self, name: &str) -> Option<&'static Column> {
        let head = Head::of(name);
        self.columns().iter().find(|column| head.is(column.names()))
    }
}

/// How a site says what it calls a column.
pub const OWN_FORM: &str = r#"{ "厂名" = "name" }"#;

/// What a cell may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Anything of its kind.
    Free,
    /// A sector of the vocabulary.
    Sector,
    /// An activity of the vocabulary.
    Activity,
    /// How a process can be moved.
    Kind,
    /// A grade of the official list.
    Grade,
    /// Yes or no.
    YesNo,
    /// What a member of staff may do.
    Role,
}

/// A column that a table may have.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// English name, used in the code.
    pub name: &'static str,
    /// Chinese names; the first is what is written.
    pub zh: &'static [&'static str],
    /// Names under which offices keep it, not always as it is needed: a column called so counts where the cell of the
    /// proper one is empty.
    pub loose: &'static [&'static str],
    /// Whether the table is useless without it.
    pub required: bool,
    /// What is measured in it, if anything is.
    pub quantity: Option<Quantity>,
    /// What its cells may hold.
    pub choice: Choice,
    /// Whether a spreadsheet must take it as a text, or spoils it.
    pub is_text: bool,
    about: &'static str,
    example: [&'static str; 2],
}

/// A column that must be there.
const fn must(name: &'static str, zh: &'static [&'static str], about: &'static str) -> Column {
    Column { required: true, ..may(name, zh, about) }
}

/// A column that may be left out.
const fn may(name: &'static str, zh: &'static [&'static str], about: &'static str) -> Column {
    let (loose, required, quantity, choice): (&[&str], _, _, _) = (&[], false, None, Choice::Free);
    Column { name, zh, loose, required, quantity, choice, is_text: false, about, example: ["", ""] }
}

impl Column {
    const fn or(self, loose: &'static [&'static str]) -> Self {
        Self { loose, ..self }
    }

    const fn like(self, zh: &'static str, en: &'static str) -> Self {
        Self { example: [zh, en], ..self }
    }

    const fn of(self, quantity: Quantity) -> Self {
        Self { quantity: Some(quantity), ..self }
    }

    const fn one_of(self, choice: Choice) -> Self {
        Self { choice, ..self }
    }

    const fn text(self) -> Self {
        Self { is_text: true, ..self }
    }

    /// What stands in it.
    #[must_use]
    pub const fn about(&self) -> Message {
        msg!(self.about)
    }

    /// All its proper names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.zh.iter().copied())
    }

    /// Its name in a sentence.
    #[must_use]
    pub fn word(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Zh => self.zh.first().copied().unwrap_or(self.name),
            Lang::En => self.name,
        }
    }

    /// Its name at the head of a table, with the unit.
    #[must_use]
    pub fn head(&self, lang: Lang) -> String {
        let unit = self.quantity.map(|quantity| quantity.unit(lang));
        match (unit, lang) {
            (Some(unit), Lang::Zh) => format!("{}（{unit}）", self.word(lang)),
            (Some(unit), Lang::En) => format!("{} ({unit})", self.word(lang)),
            (None, _) => self.word(lang).to_owned(),
        }
    }

    /// What stands under it in a row that shows how it is filled; empty where it mostly is.
    #[must_use]
    pub const fn example(&self, lang: Lang) -> &'static str {
        let [zh, en] = self.example;
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// All that a cell may hold, where that is a list.
    #[must_use]
    pub fn choices(&self, sectors: &Sectors, lang: Lang) -> Vec<String> {
        let words = |list: &[[&str; 2]]| {
            list.iter().map(|[zh, en]| (if lang == Lang::Zh { zh } else { en }).to_string()).collect()
        };
        match self.choice {
            Choice::Free => Vec::new(),
            Choice::Sector if lang == Lang::En => sectors.ids().map(str::to_owned).collect(),
            Choice::Sector => sectors.ids().map(|id| sectors.words(id, lang)).collect(),
            Choice::Activity if lang == Lang::En => sectors.activities().map(str::to_owned).collect(),
            Choice::Activity => sectors.activities().map(|id| sectors.activity_words(id, lang)).collect(),
            Choice::Kind => words(&[["可间断", "interruptible"], ["批次", "batch"], ["固定", "fixed"]]),
            Choice::Grade => words(&[["A", "A"], ["B", "B"], ["C", "C"], ["D", "D"]]),
            Choice::YesNo => words(&[["是", "yes"], ["否", "no"]]),
            Choice::Role => {
                words(&[["管理员", "admin"], ["签发", "releaser"], ["拟稿", "drafter"], ["查看", "viewer"]])
            }
        }
    }
}

/// What a site calls its columns: headers as the file has them, and the columns that they are; no column for what is
/// to be passed over without a word.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own(BTreeMap<Table, Vec<(String, Option<&'static str>)>>);

impl Own {
    /// Takes in that a table calls a column by another name.
    pub fn add(&mut self, table: Table, head: &str, column: Option<&'static Column>) {
        self.0.entry(table).or_default().push((head.to_owned(), column.map(|column| column.name)));
    }

    /// What a site calls the columns of a table.
    #[must_use]
    pub fn of(&self, table: Table) -> &[(String, Option<&'static str>)] {
        self.0.get(&table).map_or(&[], Vec::as_slice)
    }
}

//! One way to ask the database.
//!
//! In: the text of a statement with its parameters `$1`, `$2` …, and their values. Out: rows, which name their columns.
//! Can't happen: the driver named anywhere else in the program; a write outside a transaction ([`Ask::run`] takes nothing
//! but one); a text put together from what somebody else wrote (a text is a constant, or [`ask_composed`] of constants).
//!
//! Texts are written so that SQLite and PostgreSQL read them alike, as far as a test can tell (`tests/it/portable.rs`). What
//! another engine needs – its pool, its values, its columns – belongs in here, at the places that [`Engine`] names.
#![forbid(unsafe_code)]

mod file;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Row as _, SqlSafeStr as _, Sqlite, SqliteConnection, SqlitePool};

pub use self::file::{Connection, MIGRATIONS, Opened, Outdated, Watched, copy, newest_schema, schema_at, tidy};

/// The connections of an open database.
pub type Pool = SqlitePool;

/// What the driver could not do, in its own words.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(#[from] sqlx::Error);

/// A writing transaction.
#[derive(Debug)]
pub struct Tx(sqlx::Transaction<'static, Sqlite>);

impl Tx {
    /// Begins one; waits for another writer.
    pub async fn begin(pool: &Pool) -> Result<Self, Error> {
        Ok(Self(pool.begin_with("begin immediate").await?))
    }

    /// Makes what was written in it durable.
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.0.commit().await?)
    }

    /// Leaves the database as it was before.
    pub async fn rollback(self) -> Result<(), Error> {
        Ok(self.0.rollback().await?)
    }
}

/// Where a statement is asked: the connections for reading, one connection, or a transaction.
pub struct Source<'a>(Engine<'a>);

/// The databases that are known. PostgreSQL becomes more of them.
enum Engine<'a> {
    Sqlite(&'a SqlitePool),
    SqliteConnection(&'a mut SqliteConnection),
}

impl<'a> From<&'a Pool> for Source<'a> {
    fn from(pool: &'a Pool) -> Self {
        Self(Engine::Sqlite(pool))
    }
}

impl<'a> From<&'a mut Tx> for Source<'a> {
    fn from(tx: &'a mut Tx) -> Self {
        Self(Engine::SqliteConnection(&mut tx.0))
    }
}

impl<'a> From<&'a mut SqliteConnection> for Source<'a> {
    fn from(connection: &'a mut SqliteConnection) -> Self {
        Self(Engine::SqliteConnection(connection))
    }
}

/// A statement of a constant text.
pub fn ask(text: &'static str) -> Ask {
    Ask { text: Cow::Borrowed(text), values: Vec::new() }
}

/// A statement put together from constants: never from a value, which is bound.
pub fn ask_composed(text: String) -> Ask {
    Ask { text: Cow::Owned(text), values: Vec::new() }
}

/// A statement with its values so far.
#[must_use]
pub struct Ask {
    text: Cow<'static, str>,
    values: Vec<Value>,
}

impl Ask {
    /// The value of the next parameter.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// All rows.
    pub async fn all<R: Row>(self, on: impl Into<Source<'_>>) -> Result<Vec<R>, Error> {
        let (text, arguments) = self.parts()?;
        let asked = sqlx::query_with(text, arguments).try_map(|row| read(&row));
        Ok(match on.into().0 {
            Engine::Sqlite(pool) => asked.fetch_all(pool).await?,
            Engine::SqliteConnection(connection) => asked.fetch_all(connection).await?,
        })
    }

    /// The only row.
    pub async fn one<R: Row>(self, on: impl Into<Source<'_>>) -> Result<R, Error> {
        let (text, arguments) = self.parts()?;
        let asked = sqlx::query_with(text, arguments).try_map(|row| read(&row));
        Ok(match on.into().0 {
            Engine::Sqlite(pool) => asked.fetch_one(pool).await?,
            Engine::SqliteConnection(connection) => asked.fetch_one(connection).await?,
        })
    }

    /// The first row, if there is one.
    pub async fn maybe<R: Row>(self, on: impl Into<Source<'_>>) -> Result<Option<R>, Error> {
        let (text, arguments) = self.parts()?;
        let asked = sqlx::query_with(text, arguments).try_map(|row| read(&row));
        Ok(match on.into().0 {
            Engine::Sqlite(pool) => asked.fetch_optional(pool).await?,
            Engine::SqliteConnection(connection) => asked.fetch_optional(connection).await?,
        })
    }

    /// Writes; gives how many rows it wrote.
    pub async fn run(self, tx: &mut Tx) -> Result<u64, Error> {
        let (text, arguments) = self.parts()?;
        Ok(sqlx::query_with(text, arguments).execute(&mut *tx.0).await?.rows_affected())
    }

    /// The driver's own text and values. Each statement stays prepared on its connection.
    fn parts(self) -> Result<(sqlx::SqlStr, SqliteArguments), Error> {
        let text = match self.text {
            Cow::Borrowed(text) => text.into_sql_str(),
            Cow::Owned(text) => sqlx::AssertSqlSafe(text).into_sql_str(),
        };
        Ok((text, arguments(self.values)?))
    }
}

fn arguments(values: Vec<Value>) -> Result<SqliteArguments, Error> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        let added = match value {
            Value::Integer(number) => arguments.add(number),
            Value::Text(text) => arguments.add(text),
            Value::Bytes(bytes) => arguments.add(bytes),
            Value::Truth(truth) => arguments.add(truth),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

/// A value as it is bound; what is missing keeps its kind, which some engines ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A whole number.
    Integer(Option<i64>),
    /// Words.
    Text(Option<String>),
    /// Bytes.
    Bytes(Option<Vec<u8>>),
    /// Yes or no; stored as 1 or 0.
    Truth(Option<bool>),
}

/// What can be bound, itself or missing.
macro_rules! bound {
    ($($kind:ident { $($type:ty, $value:ident => $into:expr;)+ })+) => {$($(
        impl From<$type> for Value {
            fn from($value: $type) -> Self {
                Self::$kind(Some($into))
            }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self {
                Self::$kind(value.map(|$value| $into))
            }
        }
    )+)+};
}

bound! {
    Integer { i64, n => n; &i64, n => *n; i32, n => n.into(); u32, n => n.into(); &u32, n => (*n).into(); }
    Text { &str, t => t.to_owned(); &&str, t => (*t).to_owned(); String, t => t; &String, t => t.clone(); Cow<'_, str>, t => t.into_owned(); }
    Bytes { &[u8], b => b.to_vec(); Vec<u8>, b => b; &Vec<u8>, b => b.clone(); }
    Truth { bool, is => is; }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}

/// What a row is read into: a struct of [`row!`], or the only column itself.
pub trait Row: Sized + Send + Unpin {
    /// Reads the columns of a row.
    fn read(columns: &Columns<'_>) -> Result<Self, Error>;
}

/// The columns of a row.
pub struct Columns<'r>(&'r SqliteRow);

impl Columns<'_> {
    /// The column of a name.
    pub fn named<C: Column>(&self, name: &str) -> Result<C, Error> {
        C::named(self, name)
    }
}

fn read<R: Row>(row: &SqliteRow) -> Result<R, sqlx::Error> {
    R::read(&Columns(row)).map_err(|error| error.0)
}

/// What a column is read into.
pub trait Column: Sized + Send + Unpin {
    /// The column of a name.
    fn named(columns: &Columns<'_>, name: &str) -> Result<Self, Error>;
    /// The column at a place.
    fn at(columns: &Columns<'_>, place: usize) -> Result<Self, Error>;
}

macro_rules! column {
    ($($type:ty),+) => {$(
        impl Column for $type {
            fn named(columns: &Columns<'_>, name: &str) -> Result<Self, Error> {
                Ok(columns.0.try_get(name)?)
            }
            fn at(columns: &Columns<'_>, place: usize) -> Result<Self, Error> {
                Ok(columns.0.try_get(place)?)
            }
        }
        impl Row for $type {
            fn read(columns: &Columns<'_>) -> Result<Self, Error> {
                Self::at(columns, 0)
            }
        }
    )+};
}

column!(i64, i32, u32, bool, String, Vec<u8>);
column!(Option<i64>, Option<i32>, Option<u32>, Option<bool>, Option<String>, Option<Vec<u8>>);

/// Several columns by their place: of rows that have no struct yet. The list only gets shorter.
macro_rules! tuple {
    ($($name:ident $place:tt),+) => {
        impl<$($name: Column),+> Row for ($($name,)+) {
            fn read(columns: &Columns<'_>) -> Result<Self, Error> {
                Ok(($($name::at(columns, $place)?,)+))
            }
        }
    };
}

tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);

/// Structs whose fields are read from the columns of their names.
#[macro_export]
macro_rules! row {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$of:meta])* $see:vis $field:ident: $type:ty),* $(,)?
    })+) => {$(
        $(#[$meta])* $vis struct $name {
            $($(#[$of])* $see $field: $type,)*
        }
        impl $crate::Row for $name {
            fn read(columns: &$crate::Columns<'_>) -> Result<Self, $crate::Error> {
                Ok(Self { $($field: columns.named(stringify!($field))?,)* })
            }
        }
    )+};
}

//! The shape of every closed list of words.
//!
//! In: an enum with the word of each value. Out: the same with [`ALL`](words), `word`, `named` and, where keys are given,
//! `message`. Can't happen: a value without a word; a parse with a default; a word that is written in two places.

/// Declares a closed list: each value with its word, and, where people read it, its message key: `Pear = "pear" as
/// "fruit.pear"` for each value gives the list a `message` too.
///
/// Keys are whole literals, so that a search for a key finds the value that it belongs to.
///
/// ```
/// cuofeng_base::words! {
///     /// What is in a bag.
///     #[derive(PartialOrd, Ord)]
///     pub enum Fruit {
///         /// A pear.
///         Pear = "pear",
///         /// A plum.
///         Plum = "plum-blue",
///     }
/// }
///
/// assert_eq!(Fruit::ALL.map(Fruit::word), ["pear", "plum-blue"]);
/// assert_eq!((Fruit::named("plum-blue"), Fruit::named("plum")), (Some(Fruit::Plum), None));
/// assert_eq!(Fruit::Pear.to_string(), "pear");
/// ```
#[macro_export]
macro_rules! words {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $($(#[$about:meta])* $value:ident = $word:literal $(as $key:literal)?),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name { $($(#[$about])* $value),+ }

        impl $name {
            /// All of them.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$value),+];

            /// The word in files, in the database and in `--json`.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$value => $word),+ }
            }

            /// The value with this word, written exactly so.
            #[must_use]
            pub fn named(word: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|value| value.word() == word)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.word())
            }
        }

        $crate::words!(@message $name $($value $(as $key)?),+);
    };
    (@message $name:ident $($value:ident as $key:literal),+) => {
        impl $name {
            /// The same for people.
            #[must_use]
            pub const fn message(self) -> $crate::text::Message {
                match self { $(Self::$value => $crate::msg!($key)),+ }
            }
        }
    };
    (@message $name:ident $($value:ident),+) => {};
}

//! Who did what stands in the ledger.
//!
//! In: a name, or whose answer it was. Out: the same as one word of the database, and back. Can't happen: a member of
//! staff taken for the program (its name is refused wherever people give theirs), or somebody's answer for a decision of staff.

use crate::held::PROGRAM;

/// What stands before a member of staff's name in the database.
const PERSON: &str = "person:";

/// What stands before the notice that was answered.
const ANSWER: &str = "answer:";

/// Who did or decided something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The program by itself: by a rule, at a deadline, or because nobody said who asked for it.
    Program,
    /// A member of staff, by name.
    Person(String),
    /// Whoever answered a notice, by its key, or sent a reply that belongs to none, by its number.
    Answer(String),
}

impl Actor {
    /// Whoever a decision names: a member of staff, or the program where that is named or nobody is.
    #[must_use]
    pub fn of(by: &str) -> Self {
        match by.trim() {
            "" | PROGRAM => Self::Program,
            name => Self::Person(name.to_owned()),
        }
    }

    /// The word in the database.
    #[must_use]
    pub fn stored(&self) -> String {
        match self {
            Self::Program => PROGRAM.to_owned(),
            Self::Person(name) => format!("{PERSON}{name}"),
            Self::Answer(to) => format!("{ANSWER}{to}"),
        }
    }

    /// The actor with this word. Versions that did not keep who it was wrote the program everywhere.
    #[must_use]
    pub fn named(stored: &str) -> Option<Self> {
        match (stored.strip_prefix(PERSON), stored.strip_prefix(ANSWER)) {
            (Some(name), _) => Some(Self::Person(name.to_owned())),
            (_, Some(to)) => Some(Self::Answer(to.to_owned())),
            _ => (stored == PROGRAM).then_some(Self::Program),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nobody_and_the_program_are_the_program_and_everybody_else_is_a_person() {
        assert_eq!((Actor::of(" "), Actor::of(PROGRAM)), (Actor::Program, Actor::Program));
        assert_eq!(Actor::of("罗代泉"), Actor::Person("罗代泉".into()));
        assert_eq!(Actor::named("cuofeng"), Some(Actor::Program));
        assert_eq!(Actor::named("罗代泉"), None, "a name without what it is of");
    }

    proptest! {
        #[test]
        fn who_it_was_is_read_back_whatever_the_name(name in "\\PC{0,20}", kind in 0..3) {
            let actor = match kind {
                0 => Actor::Program,
                1 => Actor::Person(name),
                _ => Actor::Answer(name),
            };
            prop_assert_eq!(Actor::named(&actor.stored()), Some(actor));
        }
    }
}

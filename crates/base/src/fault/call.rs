//! What is wrong with a call of the program.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::msg;
use crate::text::Message;

/// What is wrong with a call, and what to write instead; `meaning` is what the argument in question stands for.
#[must_use]
pub fn call(error: &clap::Error, meaning: &dyn Fn(&str) -> Option<Message>) -> Message {
    let of = |kind| words(error, kind);
    let argument = of(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let advice = match of(ContextKind::SuggestedArg) {
                meant if meant.is_empty() => msg!("fault.call_see_help"),
                meant => msg!("fault.call_meant", meant = meant),
            };
            if argument.starts_with('-') {
                msg!("fault.call_unknown", argument = argument, advice = advice)
            } else {
                msg!("fault.call_more", argument = argument, advice = advice)
            }
        }
        ErrorKind::InvalidSubcommand => {
            let advice = match of(ContextKind::SuggestedSubcommand) {
                meant if meant.is_empty() => msg!("fault.call_see_help"),
                meant => msg!("fault.call_meant", meant = meant),
            };
            msg!("fault.call_command", command = of(ContextKind::InvalidSubcommand), advice = advice)
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            msg!("fault.call_no_command", known = of(ContextKind::ValidSubcommand))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let (value, known) = (of(ContextKind::InvalidValue), of(ContextKind::ValidValue));
            let means = meaning(&argument).unwrap_or_else(|| msg!("fault.call_see_help"));
            match (value.is_empty(), known.is_empty()) {
                (true, _) => msg!("fault.call_no_value", argument = argument, means = means),
                (_, true) => msg!("fault.call_value", argument = argument, value = value, means = means),
                _ => msg!("fault.call_choice", argument = argument, value = value, known = known),
            }
        }
        ErrorKind::MissingRequiredArgument => msg!("fault.call_missing", arguments = argument),
        ErrorKind::ArgumentConflict => match of(ContextKind::PriorArg) {
            other if other.is_empty() || other == argument => msg!("fault.call_twice", argument = argument),
            other if argument.is_empty() => {
                msg!("fault.call_conflict", argument = of(ContextKind::InvalidSubcommand), other = other)
            }
            other => msg!("fault.call_conflict", argument = argument, other = other),
        },
        ErrorKind::TooManyValues | ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
            msg!("fault.call_count", argument = argument)
        }
        ErrorKind::NoEquals => msg!("fault.call_equals", argument = argument),
        ErrorKind::InvalidUtf8 => msg!("fault.call_utf8"),
        _ => msg!("fault.call_see_help"),
    }
}

/// What the error says of a kind, in one line.
fn words(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(list)) => list.join(", "),
        _ => String::new(),
    }
}

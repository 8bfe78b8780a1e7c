//! What is wrong with a TOML file.

use std::ops::Range;

use crate::msg;
use crate::text::Message;

/// Beginnings of what the reader says, the catalogue's words for it, and what to do. One that begins like another stands
/// before it.
const SAID: &[(&str, &str, &str)] = &[
    ("unclosed inline table", "fault.toml_brace", "fault.toml_brace_advice"),
    ("unclosed array table", "fault.toml_head", "fault.toml_head_advice"),
    ("unclosed array", "fault.toml_list", "fault.toml_list_advice"),
    ("unclosed table", "fault.toml_head", "fault.toml_head_advice"),
    ("missing table open", "fault.toml_head", "fault.toml_head_advice"),
    ("missing value", "fault.toml_no_value", "fault.toml_equals_advice"),
    ("key with no value", "fault.toml_no_equals", "fault.toml_equals_advice"),
    ("missing assignment", "fault.toml_no_equals", "fault.toml_equals_advice"),
    ("extra `=`", "fault.toml_equals", "fault.toml_equals_advice"),
    ("unexpected `=`", "fault.toml_equals", "fault.toml_equals_advice"),
    ("extra assignment", "fault.toml_equals", "fault.toml_equals_advice"),
    ("missing comma", "fault.toml_no_comma", "fault.toml_comma_advice"),
    ("extra comma", "fault.toml_comma", "fault.toml_comma_advice"),
    ("string values must be quoted", "fault.toml_unquoted", "fault.toml_unquoted_advice"),
    ("missing opening quote", "fault.toml_unquoted", "fault.toml_unquoted_advice"),
    ("missing escaped value", "fault.toml_escape", "fault.toml_escape_advice"),
    ("too few unicode value digits", "fault.toml_escape", "fault.toml_escape_advice"),
    ("invalid value", "fault.toml_escape", "fault.toml_escape_advice"),
    ("invalid boolean", "fault.toml_unquoted", "fault.toml_unquoted_advice"),
    ("invalid date", "fault.toml_value", "fault.toml_value_advice"),
    ("invalid time", "fault.toml_value", "fault.toml_value_advice"),
    ("invalid float", "fault.toml_value", "fault.toml_value_advice"),
    ("invalid integer", "fault.toml_value", "fault.toml_value_advice"),
    ("invalid mantissa", "fault.toml_value", "fault.toml_value_advice"),
    ("invalid fraction", "fault.toml_value", "fault.toml_value_advice"),
    ("invalid exponent", "fault.toml_value", "fault.toml_value_advice"),
    ("invalid hexadecimal", "fault.toml_value", "fault.toml_value_advice"),
    ("invalid octal", "fault.toml_value", "fault.toml_value_advice"),
    ("invalid binary", "fault.toml_value", "fault.toml_value_advice"),
    ("invalid literal string", "fault.toml_text", "config.toml_advice"),
    ("invalid string", "fault.toml_text", "config.toml_advice"),
    ("invalid multi-line literal", "fault.toml_text", "config.toml_advice"),
    ("invalid table", "fault.toml_head", "fault.toml_head_advice"),
    ("invalid key", "fault.toml_key", "fault.toml_key_advice"),
    ("invalid basic string", "fault.toml_text", "config.toml_advice"),
    ("invalid multi-line basic string", "fault.toml_text", "config.toml_advice"),
    ("carriage return", "fault.toml_text", "config.toml_advice"),
    ("invalid comment character", "fault.toml_text", "config.toml_advice"),
    ("invalid unquoted key", "fault.toml_key", "fault.toml_key_advice"),
    ("unquoted keys cannot be empty", "fault.toml_key", "fault.toml_key_advice"),
    ("keys cannot be multi-line", "fault.toml_key", "fault.toml_key_advice"),
    ("invalid key-value pair", "fault.toml_key", "fault.toml_key_advice"),
    ("missing key", "fault.toml_key", "fault.toml_key_advice"),
    ("invalid inline table element", "fault.toml_key", "fault.toml_key_advice"),
    ("unexpected key or value", "fault.toml_more", "fault.toml_equals_advice"),
    ("unexpected content", "fault.toml_more", "fault.toml_equals_advice"),
    ("unexpected leading zero", "fault.toml_zero", "fault.toml_number_advice"),
    ("redundant", "fault.toml_number", "fault.toml_number_advice"),
    ("unexpected sign", "fault.toml_number", "fault.toml_number_advice"),
    ("`_` may only", "fault.toml_number", "fault.toml_number_advice"),
    ("integers with a radix", "fault.toml_number", "fault.toml_number_advice"),
    ("radix must", "fault.toml_number", "fault.toml_number_advice"),
    ("integer number overflowed", "fault.toml_large", "fault.toml_number_advice"),
    ("floating-point number overflowed", "fault.toml_large", "fault.toml_number_advice"),
    ("cannot recurse", "fault.toml_deep", "config.toml_advice"),
    ("recursion limit", "fault.toml_deep", "config.toml_advice"),
    ("expected ", "fault.toml_shape", "config.toml_advice"),
    ("wanted ", "fault.toml_shape", "config.toml_advice"),
    ("unexpected keys", "fault.toml_shape", "config.toml_advice"),
    ("invalid length", "fault.toml_shape", "config.toml_advice"),
    ("premature end", "fault.toml_time", "fault.toml_time_advice"),
    ("input contains invalid characters", "fault.toml_time", "fault.toml_time_advice"),
    ("input is out of range", "fault.toml_time", "fault.toml_time_advice"),
    ("trailing input", "fault.toml_time", "fault.toml_time_advice"),
];

/// What the words of the TOML reader mean, with them behind, and what to do.
#[must_use]
pub fn toml(said: &str) -> (Message, Message) {
    // `invalid value: integer `300`, expected u8` is no escape.
    if said.starts_with("invalid value: ") {
        return (msg!("fault.toml_range", said = said), msg!("config.toml_advice"));
    }
    match SAID.iter().find(|(begin, ..)| said.starts_with(begin)) {
        Some((_, key, advice)) => (msg!(key).with("said", said), msg!(advice)),
        None => (msg!("fault.toml_other", said = said), msg!("config.toml_advice")),
    }
}

/// Marks of a Chinese keyboard that are no marks of TOML, and what is meant.
const MARKS: &[(char, &str)] = &[
    ('“', "\""),
    ('”', "\""),
    ('„', "\""),
    ('＂', "\""),
    ('「', "\""),
    ('」', "\""),
    ('‘', "'"),
    ('’', "'"),
    ('＇', "'"),
    ('，', ","),
    ('、', ","),
    ('；', ","),
    ('＝', "="),
    ('：', "="),
    ('【', "["),
    ('】', "]"),
    ('［', "["),
    ('］', "]"),
    ('｛', "{"),
    ('｝', "}"),
    ('＃', "#"),
    ('。', "."),
    ('．', "."),
    ('－', "-"),
    ('　', " "),
];

/// A mark of a Chinese keyboard that stands outside texts and notes, in the lines up to the end of the one that holds
/// `until`: the first of that line, else the first of all; its place and what is meant.
#[must_use]
pub fn slip(source: &str, until: usize) -> Option<(Range<usize>, char, &'static str)> {
    let line = source.get(..source.floor_char_boundary(until)).and_then(|before| before.rfind('\n')).unwrap_or(0);
    let all = slips(source, until);
    let of_line = all.iter().find(|(range, ..)| range.start >= line).cloned();
    of_line.or_else(|| all.into_iter().next())
}

fn slips(source: &str, until: usize) -> Vec<(Range<usize>, char, &'static str)> {
    let mut found = Vec::new();
    let until = source.floor_char_boundary(until.min(source.len()));
    let end = source.get(until..).and_then(|rest| rest.find('\n')).map_or(source.len(), |at| until + at);
    let mut quote: Option<&str> = None;
    let mut at = 0;
    while let Some(rest) = source.get(at..end).filter(|rest| !rest.is_empty()) {
        let Some(c) = rest.chars().next() else { break };
        at += match quote {
            Some(marks) if rest.starts_with(marks) => {
                quote = None;
                marks.len()
            }
            // A text of one line ends with it at the latest.
            Some(marks) if c == '\n' && marks.len() == 1 => {
                quote = None;
                1
            }
            Some(marks) if c == '\\' && marks.starts_with('"') => {
                1 + rest.chars().nth(1).filter(|next| *next != '\n').map_or(0, char::len_utf8)
            }
            Some(_) => c.len_utf8(),
            None => {
                if let Some((_, meant)) = MARKS.iter().find(|(mark, _)| *mark == c) {
                    found.push((at..at + c.len_utf8(), c, *meant));
                }
                quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|marks| rest.starts_with(marks));
                match quote {
                    Some(marks) => marks.len(),
                    None if c == '#' => rest.find('\n').unwrap_or(rest.len()),
                    None => c.len_utf8(),
                }
            }
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn a_mark_of_a_chinese_keyboard_is_found_outside_texts_and_notes_alone() {
        for (source, found) in [
            ("name = “甲”\n", Some((7, '“', "\""))),
            ("name ＝ \"甲\"\n", Some((5, '＝', "="))),
            ("list = [\"a\"，\"b\"]\n", Some((11, '，', ","))),
            ("# 说明，“引号”\nname = \"甲，乙“丙”\"\nnext = \"x\"，\n", Some((62, '，', ","))),
            ("【[rule]]\n", Some((0, '【', "["))),
            ("a = '''\n“”\n'''\nb = \"\\\"，\"\n", None),
            ("name = \"甲\nnext = \"，\"\n", None),
        ] {
            let slip = slip(source, source.len() - 1).map(|(range, c, meant)| (range.start, c, meant));
            assert_eq!(slip, found, "{source}");
        }
        assert_eq!(slip("a = 1\nb = “\n", 2), None, "behind the line in question");
        let two = "a = “x\nb = 1，\n";
        assert_eq!(slip(two, two.len() - 1).map(|(_, c, _)| c), Some('，'), "each line has its own");
    }

    #[test]
    fn whatever_the_toml_reader_says_of_a_slip_is_said_in_chinese_with_the_original_behind() {
        for source in [
            "a = [1, 2\nb = 1\n",
            "a = { b = 1\n",
            "[[rule]\n",
            "[rule\n",
            "a =\n",
            "a\n",
            "a = = 1\n",
            "a == 1\n",
            "a = [1 2]\n",
            "a = [1,,2]\n",
            "a = hello\n",
            "a = 10-17\n",
            "a = \"C:\\temp\\q\"\n",
            "甲 = 1\n",
            "= 1\n",
            "a = 1 b = 2\n",
            "a = 08\n",
            "a = 1__0\n",
            "a = +-1\n",
            "a = 2026-13-01\n",
            "a = \"x\" y\n",
            "a.b = 1\na = 2\n",
            "]\n",
        ] {
            let error = ::toml::from_str::<::toml::Table>(source).expect_err(source);
            let (said, _) = toml(error.message());
            let twice = error.message().starts_with("duplicate key");
            assert!(twice || said.key() != "fault.toml_other", "{source}: {}", error.message());
            assert!(said.text(Lang::Zh).contains(error.message()), "{source}");
        }
    }
}

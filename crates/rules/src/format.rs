//! One layout for rule files.
//!
//! In: the text of a rule file. Out: the same words, comments and order with one way of spacing them. Can't happen: a
//! comment lost; a word replaced by another; a file whose meaning changed (it is read again, and left as it was where
//! the values differ).

use super::expr::lex_ranges;

/// Keys whose strings are conditions.
const CONDITIONS: [&str; 2] = ["when", "lift"];

/// The text of a rule file in the one layout.
///
/// # Errors
/// The text is no TOML.
pub fn file(source: &str) -> Result<String, toml::de::Error> {
    toml::from_str::<toml::Table>(source)?;
    let plain = source.replace("\r\n", "\n");
    let mut out: Vec<String> = Vec::new();
    let mut open = Open::default();
    for line in plain.trim_start_matches('\u{feff}').lines() {
        if open.inside() {
            open.pass(line);
            out.push(line.to_owned());
            continue;
        }
        let trimmed = line.trim();
        if trimmed.is_empty() {
            if out.last().is_some_and(|last| !last.is_empty()) {
                out.push(String::new());
            }
            continue;
        }
        open.pass(line);
        let neat = if trimmed.starts_with('#') {
            trimmed.to_owned()
        } else if trimmed.starts_with('[') {
            header(&mut out, trimmed)
        } else {
            pair(trimmed, open.inside())
        };
        out.push(neat);
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    let neat = out.join("\n") + "\n";
    Ok(if same(&plain, &neat) { neat } else { source.to_owned() })
}

/// A header; a blank line goes before it and the comments that belong to it, but not between measures of one level.
fn header(out: &mut Vec<String>, line: &str) -> String {
    let mut at = out.len();
    while at > 0 && out.get(at - 1).is_some_and(|before| before.starts_with('#')) {
        at -= 1;
    }
    let alone = at == 0 || out.get(at - 1).is_some_and(String::is_empty);
    if !alone && !line.starts_with("[[rule.level.measure]]") {
        out.insert(at, String::new());
    }
    let (head, rest) = line.rfind(']').map_or((line, ""), |end| line.split_at(end + 1));
    let inner: String = head.split_whitespace().collect();
    format!("{inner}{rest}")
}

/// `key = value`, a condition in its own layout.
fn pair(line: &str, goes_on: bool) -> String {
    let Some((key, value)) = line.split_once('=') else { return line.to_owned() };
    let (key, value) = (key.trim(), value.trim());
    if goes_on || !CONDITIONS.contains(&key) {
        return format!("{key} = {value}");
    }
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
        return format!("{key} = {value}");
    };
    let Some((content, rest)) = value.get(1..).and_then(|v| v.split_once(quote)) else {
        return format!("{key} = {value}");
    };
    if content.is_empty() || content.contains('\\') {
        return format!("{key} = {value}");
    }
    format!("{key} = {quote}{}{quote}{rest}", condition(content))
}

/// A condition in the one layout: the author's words, one way of spacing them.
#[must_use]
pub fn condition(text: &str) -> String {
    let mut out = String::new();
    let mut last: Option<(&str, usize)> = None;
    for (range, class) in lex_ranges(text) {
        let word = text.get(range.clone()).unwrap_or("");
        if let Some((before, end)) = last {
            let spaced = text.get(end..range.start).is_some_and(|gap| gap.contains(char::is_whitespace));
            if space(before, class, spaced) {
                out.push(' ');
            }
        }
        out.push_str(word);
        last = Some((class, range.end));
    }
    out
}

/// Whether a space stands between two tokens.
fn space(before: &str, after: &str, spaced: bool) -> bool {
    match (before, after) {
        ("open" | "range", _) | (_, "close" | "comma" | "range") | ("word", "open") => false,
        ("join" | "compare" | "comma", _) | (_, "join" | "compare") => true,
        _ => spaced,
    }
}

/// Whether two texts hold the same values, apart from white space inside conditions.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    match (toml::from_str::<toml::Table>(a), toml::from_str::<toml::Table>(b)) {
        (Ok(a), Ok(b)) => bare(toml::Value::Table(a), "") == bare(toml::Value::Table(b), ""),
        _ => false,
    }
}

fn bare(value: toml::Value, key: &str) -> toml::Value {
    use toml::Value;
    match value {
        Value::String(text) if CONDITIONS.contains(&key) => Value::String(text.split_whitespace().collect()),
        Value::Array(list) => Value::Array(list.into_iter().map(|item| bare(item, key)).collect()),
        Value::Table(table) => {
            let inner = |(key, value): (String, Value)| {
                let value = bare(value, &key);
                (key, value)
            };
            Value::Table(table.into_iter().map(inner).collect())
        }
        other => other,
    }
}

/// What a line leaves open: brackets of an array, or the quotes of a string of several lines.
#[derive(Debug, Default)]
struct Open {
    brackets: usize,
    quotes: Option<&'static str>,
}

impl Open {
    const fn inside(&self) -> bool {
        self.brackets > 0 || self.quotes.is_some()
    }

    fn pass(&mut self, line: &str) {
        let is_header = !self.inside() && line.trim_start().starts_with('[');
        let mut rest = line;
        while !rest.is_empty() {
            if let Some(quotes) = self.quotes {
                let Some(end) = rest.find(quotes) else { return };
                self.quotes = None;
                rest = rest.get(end + quotes.len()..).unwrap_or("");
                continue;
            }
            let opened = ["\"\"\"", "'''"].into_iter().find(|q| rest.starts_with(q));
            if let Some(quotes) = opened {
                self.quotes = Some(quotes);
                rest = rest.get(quotes.len()..).unwrap_or("");
                continue;
            }
            let mut chars = rest.chars();
            match chars.next() {
                Some('#') => return,
                Some(quote @ ('"' | '\'')) => {
                    let mut escaped = false;
                    for c in chars.by_ref() {
                        if escaped {
                            escaped = false;
                        } else if c == '\\' && quote == '"' {
                            escaped = true;
                        } else if c == quote {
                            break;
                        }
                    }
                }
                Some('[') if !is_header => self.brackets += 1,
                Some(']') if !is_header => self.brackets = self.brackets.saturating_sub(1),
                _ => {}
            }
            rest = chars.as_str();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_keeps_its_words_and_gets_one_spacing() {
        for (messy, neat) in [
            ("aqi>200", "aqi > 200"),
            ("日最大( 臭氧8小时 )高于160 微克每立方米", "日最大(臭氧8小时)高于160 微克每立方米"),
            ("o3 >  160µg/m³ and   hour in 10 .. 18", "o3 > 160µg/m³ and hour in 10..18"),
            ("mean(pm25 ,24h) >= 75 µg/m³", "mean(pm25, 24h) >= 75 µg/m³"),
            ("日AQI 高于 200 持续48小时且风速 低于 2 m/s", "日AQI 高于 200 持续48小时 且 风速 低于 2 m/s"),
            ("not (aqi > 200 or  aqi < 50 )", "not (aqi > 200 or aqi < 50)"),
        ] {
            assert_eq!(condition(messy), neat);
            assert_eq!(condition(neat), neat);
            assert_eq!(
                super::super::expr::parse(messy).map(|e| e.to_string()),
                super::super::expr::parse(neat).map(|e| e.to_string()),
                "{messy}"
            );
        }
    }

    #[test]
    fn a_file_keeps_its_comments_its_order_and_its_meaning() {
        let messy = "\r\n# 说明 \"引号\" [x]\r\n[[ rule ]]\r\nid='a'\r\nname  =\"甲 # 乙\"   # 注\r\n\r\n\r\nkind=\"k\"\r\n\
                     # 一级\r\n[[rule.level]]\r\nwhen=\"aqi>200\" # 阈值\r\nactivities=[\"a\",\r\n   \"b=c\",\r\n]\r\n\
                     note = \"\"\"\r\n  [[keep]]  \r\n\"\"\"\r\n[[rule.level.measure]]\r\nask='x'\r\n[[rule.level.measure]]\r\nask='y'\r\n\r\n";
        let neat = "# 说明 \"引号\" [x]\n[[rule]]\nid = 'a'\nname = \"甲 # 乙\"   # 注\n\nkind = \"k\"\n\n\
                    # 一级\n[[rule.level]]\nwhen = \"aqi > 200\" # 阈值\nactivities = [\"a\",\n   \"b=c\",\n]\n\
                    note = \"\"\"\n  [[keep]]  \n\"\"\"\n[[rule.level.measure]]\nask = 'x'\n[[rule.level.measure]]\nask = 'y'\n";
        assert_eq!(file(messy).expect("TOML"), neat);
        assert_eq!(file(neat).expect("TOML"), neat);
        assert!(file("[[rule]\n").is_err());
    }

    #[test]
    fn the_files_that_ship_are_laid_out_already() {
        let folder =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../rules")).expect("the rules that ship");
        let paths = folder.map(|entry| entry.expect("a file").path());
        let is_rules = |path: &std::path::PathBuf| {
            path.file_name().is_some_and(|name| crate::file::is_rule_file(&name.to_string_lossy()))
        };
        let rules: Vec<_> = paths.filter(is_rules).collect();
        assert!(rules.len() >= 4, "{rules:?}");
        for path in rules {
            let text = std::fs::read_to_string(&path).expect("a text");
            assert_eq!(file(&text).expect("TOML"), text, "{}", path.display());
        }
    }
}

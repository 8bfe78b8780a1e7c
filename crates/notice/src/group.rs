//! One text a revision for the office's chat group, ready to copy.
//!
//! In: what a revision says, who is told by it, and the lines of each enterprise. Out: one text: enterprises with the same
//! hours together, by name; villages in one line. Can't happen: an enterprise in it twice, or left out; hours that its own
//! notice does not have; anything but names and hours of anybody.

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::texts::Texts;
use super::{Content, Line};
use cuofeng_base::msg;
use cuofeng_base::problem::Problem;
use cuofeng_base::text::Lang;

/// Enterprises with the same hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Group {
    names: String,
    hours: String,
}

impl Texts {
    /// The text of a revision, told to these enterprises and villages (or, of a village, to its keepers alone), those with
    /// a loudspeaker and those without; nothing where it is told to none.
    ///
    /// # Errors
    /// The template's problem, at its line.
    pub fn group(
        &self,
        content: &Content,
        enterprises: &[(&str, Vec<Line>)],
        (villages, silent): (&[&str], &[&str]),
    ) -> Result<Option<String>, Problem> {
        if enterprises.is_empty() && villages.is_empty() && silent.is_empty() {
            return Ok(None);
        }
        let lang = self.lang();
        let data = context! {
            groups => Value::from(Serde(&groups(enterprises, lang))),
            villages => villages.join(lang.comma()),
            silent_villages => silent.join(lang.comma()),
            sign => self.sign.as_ref().unwrap_or(&content.office),
            ..Value::from(Serde(content))
        };
        let text = self.templates.one(&path(lang), &data)?;
        Ok(Some(text.trim().to_owned()))
    }
}

/// The path of the template.
fn path(lang: Lang) -> String {
    format!("{}/any/group.txt", lang.code())
}

/// Enterprises by what is asked of them, in the order of the first of each.
fn groups(enterprises: &[(&str, Vec<Line>)], lang: Lang) -> Vec<Group> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, lines) in enterprises {
        let hours = asked(lines, lang);
        match groups.iter_mut().find(|(known, _)| *known == hours) {
            Some((_, names)) => names.push(name),
            None => groups.push((hours, vec![name])),
        }
    }
    groups.into_iter().map(|(hours, names)| Group { names: names.join(lang.comma()), hours }).collect()
}

/// What is asked of an enterprise, as short as is exact: processes of which the same is asked are named together. Beside
/// hours it is not said where there are none: the notice says it.
fn asked(lines: &[Line], lang: Lang) -> String {
    let moves: Vec<&Line> = lines.iter().filter(|line| line.moves).collect();
    let lines = if moves.is_empty() { lines.iter().collect() } else { moves };
    let mut texts: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        // The short form leaves out the hours that are said for all, and sometimes days.
        let said = if line.partial || line.short.is_empty() { &line.text } else { &line.short };
        match texts.iter_mut().find(|(known, _)| known == said) {
            Some((_, names)) => names.push(&line.name),
            None => texts.push((said, vec![&line.name])),
        }
    }
    match texts.as_slice() {
        [] => msg!("group.as_told").text(lang),
        several => {
            let one = |(text, names): &(&str, Vec<&str>)| {
                msg!("group.process", names = names.join(lang.comma()), text = *text).text(lang)
            };
            several.iter().map(one).collect::<Vec<_>>().join(lang.semicolon())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, text: &str, short: &str) -> Line {
        let (moves, partial) = (text.contains("停止"), text.contains('；'));
        Line { name: name.into(), text: text.into(), short: short.into(), moves, partial, stop: None }
    }

    #[test]
    fn enterprises_of_whose_work_the_same_is_asked_stand_together_and_the_work_is_named() {
        let moved = |name| line(name, "10时停止，可在18时进行", "改在18时");
        let days = |name| line(name, "1日10时停止；2日12时停止", "1日停止");
        let told = [
            ("甲厂", vec![moved("喷涂"), line("清洗", "照常进行", "")]),
            ("乙厂", vec![moved("喷涂")]),
            ("己厂", vec![moved("烘干")]),
            ("丙厂", vec![moved("喷涂"), moved("烘干"), days("印刷")]),
            ("丁厂", vec![line("加油", "照常进行", "")]),
            ("戊厂", Vec::new()),
        ];
        let groups = groups(&told, Lang::Zh);
        let said: Vec<String> = groups.iter().map(|group| format!("{}：{}", group.names, group.hours)).collect();
        assert_eq!(
            said,
            [
                "甲厂、乙厂：喷涂 改在18时",
                "己厂：烘干 改在18时",
                "丙厂：喷涂、烘干 改在18时；印刷 1日10时停止；2日12时停止",
                "丁厂：加油 照常进行",
                "戊厂：按收到的通知执行"
            ]
        );
    }
}

use super::*;

#[test]
fn an_error_in_a_condition_stands_under_its_word_in_the_file() {
    let source = "[[rule]]\nid='a'\nname='甲'\nkind='a'\nsource='文'\nshape='days'\ntell=[]\n\
                  [[rule.level]]\nid='l'\nname='乙'\nwhen = \"臭氧 高于 160 m/s\"\n";
    let problems = parse("rules/a.toml", source, Take::Middle).expect_err("a wrong unit");
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].line_column().map(|(line, _)| line), Some(11));
    let cuofeng_base::problem::Place::Span { text, range } = &problems[0].place else { panic!("a span") };
    assert!(text[range.clone()].contains("m/s"), "{:?}", &text[range.clone()]);
}

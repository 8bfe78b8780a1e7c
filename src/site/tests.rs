use super::*;

/// What is found in so many rule files of 300 rules each, and how many rules are read.
fn found(files: usize) -> (Vec<Problem>, usize) {
    let rule = |file: usize, number: usize| {
        format!(
            "[[rule]]\nid = \"r{file}-{number}\"\nname = \"提示\"\nkind = \"straw\"\nsource = \"本办自定\"\n\
             shape = \"days\"\nlead_hours = 1\nlift_hours = 36\nmerge_days = 2\n\
             [[rule.level]]\nid = \"still\"\nname = \"不利扩散\"\nwhen = \"日平均(风速) 低于 1.2 m/s\"\n\
             [[rule.tell]]\nto = \"duty\"\nforms = [\"email\"]\ntemplate = \"straw/duty\"\n"
        )
    };
    let text = |file| (0..300).map(|number| rule(file, number)).collect::<String>();
    let files = (0..files).map(|file| (format!("own-{file}.toml"), text(file))).collect();
    let mut reader = Reader { root: Path::new(""), kept: None, filed: false, read: Files::new(), problems: Vec::new() };
    let rules = reader.rules(&files, None, Take::default());
    (reader.problems, rules.len())
}

#[test]
fn rules_of_several_files_count_together() {
    assert_eq!(found(3), (Vec::new(), 900));
    let (problems, read) = found(4);
    let keys: Vec<(&str, &str)> = problems.iter().map(|p| (p.file.as_str(), p.what.key())).collect();
    assert_eq!(keys, [("rules/own-3.toml", "rules.most")]);
    assert_eq!(read, 900, "no rule of the file that is too many");
}

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

#[test]
fn what_is_wrong_with_the_figures_of_a_file_is_said_in_the_language_of_its_reader() {
    let shipped = |path: &str| {
        let (_, bytes) = crate::embedded::RULES.iter().find(|(name, _)| *name == path).expect("a file that ships");
        String::from_utf8(bytes.to_vec()).expect("UTF-8")
    };
    for (path, from, to, zh, en) in [
        ("mir.toml", "mir = \"4.00\"", "mir = \"-4\"", "要写大于 0 的 mir", "needs a `mir` above 0"),
        ("mir.toml", "甲苯 20；", "甲苯 10；", "合计不是 100%", "does not come to 100 per cent"),
        ("weights.toml", "gain_percent = 5", "gain_percent = 500", "“gain_percent”超出范围", "is out of range"),
        ("weights.toml", "set = \"default\"", "set = \"none\"", "没有叫“none”的权重组", "named `none`"),
        ("profiles.toml", "months = [", "months = [13, ", "的月份不在 1 到 12 之内", "has a month outside 1 to 12"),
    ] {
        let source = shipped(path);
        assert!(source.contains(from), "{path}: {from}");
        let files = BTreeMap::from([(path.to_owned(), source.replacen(from, to, 1))]);
        let mut reader =
            Reader { root: Path::new(""), kept: None, filed: false, read: Files::new(), problems: Vec::new() };
        match path {
            "mir.toml" => drop(reader.sectors(&files)),
            "weights.toml" => drop(reader.weights(&files, None)),
            _ => drop(reader.profiles(&files)),
        }
        let [problem] = reader.problems.as_slice() else { panic!("{path}: {:?}", reader.problems) };
        let (said, english) =
            (problem.render(cuofeng_base::text::Lang::Zh), problem.render(cuofeng_base::text::Lang::En));
        assert!(said.contains(zh) && !said.contains("needs") && !said.contains("out of range"), "{said}");
        assert!(english.contains(en), "{english}");
    }
}

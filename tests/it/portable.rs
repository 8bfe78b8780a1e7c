//! Every statement of the program is one that SQLite and PostgreSQL read alike, as far as its text shows, and one that the
//! real schema takes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};

use cuofeng_store::Store;

/// Statements that say what only SQLite understands, by what they say, with the file: the list only gets shorter.
const LEFT: [(&str, &str); 8] = [
    ("outbox/unreached.rs", "glob"),
    ("outbox/unreached.rs", "indexed by"),
    ("outbox/unreached.rs", "json_group_array"),
    ("store/drafts.rs", "indexed by"),
    ("store/removed.rs", "indexed by"),
    ("store/replies.rs", "group_concat"),
    ("store/replies.rs", "json_quote"),
    ("store/replies.rs", "instr("),
];

/// Words of SQLite alone.
const ITS_OWN: [&str; 15] = [
    "insert or",
    "replace into",
    "printf",
    "ifnull",
    "iif(",
    "strftime",
    "datetime(",
    "rowid",
    "glob",
    "indexed by",
    "group_concat",
    "json_group_array",
    "json_quote",
    "instr(",
    "do update",
];

/// The crates that ask the database.
fn source() -> [PathBuf; 2] {
    ["store", "outbox"].map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join("crates").join(name).join("src"))
}

/// Their files, by `store/x.rs`.
fn sources() -> BTreeMap<String, String> {
    let mut paths = Vec::new();
    for folder in source() {
        files(&folder, &mut paths);
    }
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates");
    let named = |path: &PathBuf| path.strip_prefix(&crates).expect("below it").to_string_lossy().replace("/src/", "/");
    paths.iter().map(|path| (named(path), std::fs::read_to_string(path).expect("a file"))).collect()
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

/// The literals of a file's own code; those inside a `macro_rules!`, `wanted!` or `concat!` are parts of texts that have a
/// name.
fn literals(code: &str) -> Vec<String> {
    let (mut found, mut rest, mut depth, mut skipped) = (Vec::new(), code, 0_i32, None);
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            continue;
        }
        if skipped.is_none()
            && ["macro_rules!", "concat!", "wanted!", "open_to_unknown!"].iter().any(|m| rest.starts_with(m))
        {
            skipped = Some(depth);
            rest = &rest[rest.find(['(', '{']).unwrap_or(0)..];
            continue;
        }
        match first {
            '\'' if rest.chars().nth(2) == Some('\'') => {
                rest = &rest[rest.char_indices().nth(3).map_or(rest.len(), |(at, _)| at)..];
                continue;
            }
            '"' => {
                let mut text = String::new();
                let mut chars = rest.char_indices().skip(1);
                let mut end = rest.len();
                while let Some((at, c)) = chars.next() {
                    match c {
                        '"' => {
                            end = at + 1;
                            break;
                        }
                        '\\' => match chars.next() {
                            Some((_, '\n')) => text.push(' '),
                            Some((_, c)) => text.push(c),
                            None => {}
                        },
                        c => text.push(c),
                    }
                }
                if skipped.is_none() {
                    found.push(text);
                }
                rest = &rest[end..];
                continue;
            }
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => {
                depth -= 1;
                if skipped == Some(depth) {
                    skipped = None;
                }
            }
            _ => {}
        }
        rest = &rest[first.len_utf8()..];
    }
    found
}

/// All statements of the program, by file.
fn statements() -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, text) in sources() {
        if name.ends_with("tests.rs") {
            continue;
        }
        let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or(&text);
        let columns =
            code.split_once("const COLUMNS: &str = \"").map_or("", |(_, rest)| rest.split('"').next().unwrap_or(""));
        let columns = columns.replace("\\\n", " ");
        let of: Vec<String> = literals(code)
            .into_iter()
            .map(|text| text.replace("{COLUMNS}", &columns).replace("{WEATHER}", "-1").replace("{which}", "is null"))
            .filter(|text| is_statement(text))
            .collect();
        if !of.is_empty() {
            all.insert(name, of);
        }
    }
    for (name, texts) in [
        ("outbox/list.rs", &[cuofeng_outbox::list::LETTERS, cuofeng_outbox::list::COUNT][..]),
        ("outbox/lease.rs", &[cuofeng_outbox::lease::DUE]),
        ("outbox/withheld.rs", &cuofeng_outbox::withheld::OPEN),
    ] {
        all.entry(name.to_owned()).or_default().extend(texts.iter().map(|text| (*text).to_owned()));
    }
    all
}

fn is_statement(text: &str) -> bool {
    let begins = |word: &str| text.starts_with(word);
    begins("select ") && (text.contains(" from ") || text.contains("exists") || text.contains('\n'))
        || begins("insert into ")
        || begins("delete from ")
        || begins("with ") && text.contains("select")
        || begins("update ") && text.contains(" set ")
}

/// A text on one line, without its comments and what stands in its strings.
fn plain(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(|line| line.split("--").next().unwrap_or("").trim()).collect();
    let mut plain = String::new();
    for (number, part) in lines.join(" ").split('\'').enumerate() {
        plain.push_str(if number % 2 == 0 { part } else { "''" });
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The parts of a list, at its own depth.
fn listed(list: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for c in list.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(last) = parts.last_mut() {
            last.push(c);
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

/// What stands between a word and the next of others, at the depth of the first.
fn between(text: &str, from: usize, ends: &[&str]) -> String {
    let mut depth = 0;
    for (at, c) in text[from..].char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return text[from..from + at].to_owned(),
            ')' => depth -= 1,
            _ if depth == 0 && ends.iter().any(|end| text[from + at..].starts_with(end)) => {
                return text[from..from + at].to_owned();
            }
            _ => {}
        }
    }
    text[from..].to_owned()
}

/// The select that a place in a text belongs to: where it begins.
fn select_before(text: &str, at: usize) -> Option<usize> {
    let mut depth = 0;
    for (place, c) in text[..at].char_indices().rev() {
        match c {
            ')' => depth += 1,
            '(' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return None;
        }
        if depth == 0 && text[place..].starts_with("select ") {
            return Some(place + "select ".len());
        }
    }
    None
}

fn is_bare(column: &str) -> bool {
    column.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.')
        && column.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// What in a statement another engine would not read alike.
fn faults(text: &str) -> Vec<String> {
    let plain = plain(text);
    let mut faults: Vec<String> =
        ITS_OWN.iter().filter(|word| plain.contains(**word)).map(|word| (*word).to_owned()).collect();
    if plain.contains('?') {
        faults.push("a parameter without its number".to_owned());
    }
    if text.contains("'$.") {
        faults.push("a path in JSON".to_owned());
    }
    for (at, _) in plain.match_indices("join ") {
        let source =
            between(&plain, at + "join ".len(), &["join ", " where ", " order ", " group ", " union ", " on "]);
        if !plain[at + "join ".len() + source.len()..].starts_with(" on ") {
            faults.push(format!("join without on: {source}"));
        }
    }
    for (at, _) in plain.match_indices(" is ") {
        let rest = plain[at + 4..].trim_start_matches("not ");
        if !rest.starts_with("null") && !rest.starts_with("distinct from") {
            faults.push(format!("is {rest:.20}"));
        }
    }
    let words: Vec<String> = plain
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace(',', " , ")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    for three in words.windows(3) {
        let before = ["where", "and", "or", "not", "when"].contains(&three[0].as_str());
        let after = ["and", "or", ")", "then", "order", "group"].contains(&three[2].as_str());
        if before && after && three[1].starts_with('$') && !plain.contains("between") {
            faults.push(format!("a value taken for a truth: {}", three.join(" ")));
        }
        // One that the statement itself made of a comparison is a truth.
        let made = three[1].split_once('.').is_some_and(|(_, name)| plain.contains(&format!(" as {name}")));
        if before && after && is_bare(&three[1]) && three[1].contains('.') && !made && !plain.contains("between") {
            faults.push(format!("a column taken for a truth: {}", three.join(" ")));
        }
    }
    for function in ["sum(", "max(", "min("] {
        for (at, _) in plain.match_indices(function) {
            let inside = between(&plain, at + function.len(), &[]);
            if [" = ", " in ", " and ", " is "].iter().any(|word| inside.contains(word))
                && !inside.contains("case ")
                && !inside.starts_with('(')
            {
                faults.push(format!("a truth taken for a number: {function}{inside})"));
            }
        }
    }
    for (at, _) in plain.match_indices(" group by ") {
        let grouped = listed(&between(&plain, at + " group by ".len(), &[" order ", " having ", " union ", " limit "]));
        let Some(from) = select_before(&plain, at) else { continue };
        let columns = listed(&between(&plain, from, &[" from "]));
        for column in columns {
            let column = column.split(" as ").next().unwrap_or_default().trim_start_matches("distinct ").to_owned();
            if is_bare(&column) && !grouped.contains(&column) {
                faults.push(format!("not grouped: {column}"));
            }
        }
        if grouped.iter().any(|column| column.parse::<u32>().is_ok()) {
            faults.push("grouped by a place".to_owned());
        }
    }
    faults
}

/// Columns that a statement fills from JSON with what is words to another engine, though they hold numbers.
async fn uncast(store: &Store, text: &str) -> Vec<String> {
    let plain_text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for (at, _) in plain_text.match_indices("= value ->>") {
        let column = plain_text[..at].trim_end().rsplit([' ', '.']).next().unwrap_or_default().to_owned();
        if ["id", "outbox", "number", "attempt"].contains(&column.as_str()) {
            found.push(column);
        }
    }
    let Some(rest) = plain_text.strip_prefix("insert into ") else { return found };
    let (Some(open), Some(select)) = (rest.find('('), rest.find("select ")) else { return found };
    let table = rest[..open].trim().to_owned();
    let columns = listed(&between(rest, open + 1, &[]));
    let values = listed(&between(rest, select + "select ".len(), &[" from "]));
    let kinds: Vec<(String, String)> = cuofeng_sql::ask("select name, type from pragma_table_info($1)")
        .bind(table)
        .all(store.pool())
        .await
        .expect("the columns of a table");
    let kinds: BTreeMap<String, String> = kinds.into_iter().collect();
    for (column, value) in columns.iter().zip(&values) {
        if value.starts_with("value ->>")
            && kinds.get(column).is_some_and(|kind| kind == "INTEGER" || kind == "integer")
        {
            found.push(column.clone());
        }
    }
    found
}

#[tokio::test]
async fn every_statement_is_portable_and_one_that_the_schema_takes() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("x.db")).await.expect("a database");
    let (mut count, mut bad, mut met) = (0, Vec::new(), Vec::new());
    for (file, texts) in statements() {
        for text in texts {
            count += 1;
            for fault in faults(&text) {
                match LEFT.iter().find(|(of, word)| *of == file && *word == fault) {
                    Some(left) => met.push(*left),
                    None => bad.push(format!("{file}: {fault}: {:.90}", plain(&text))),
                }
            }
            for column in uncast(&store, &text).await {
                bad.push(format!("{file}: {column} is words of JSON: {:.90}", plain(&text)));
            }
            let sql = AssertSqlSafe(text.clone()).into_sql_str();
            let mut connection = store.pool().acquire().await.expect("a connection");
            if let Err(error) = (&mut *connection).prepare(sql).await {
                bad.push(format!("{file}: {error}: {:.90}", plain(&text)));
            }
        }
    }
    assert!(bad.is_empty(), "{} of {count}:\n{}", bad.len(), bad.join("\n"));
    for left in LEFT {
        assert!(met.contains(&left), "{left:?} is portable now: take it out of the list");
    }
    assert!(count > 250, "only {count} statements were found");
}

#[test]
fn every_question_is_of_a_text_that_was_looked_at() {
    for (name, text) in sources() {
        if name.ends_with("tests.rs") {
            continue;
        }
        let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or(&text);
        for (at, _) in code.match_indices("sql::ask") {
            let asked = code[at..].split_once('(').map_or("", |(_, rest)| rest.trim_start());
            let mut lines = asked.lines().map(str::trim).skip_while(|line| line.starts_with("//"));
            let first = lines.next().unwrap_or_default();
            let known = first.starts_with('"')
                || first.starts_with("format!")
                || first.starts_with(|c: char| c.is_ascii_uppercase())
                || ["text)", "table)", "statement)", "sql)", "query)"].iter().any(|name| first.starts_with(name));
            assert!(known, "{name}: a text of another kind: {first}");
        }
    }
}

#[tokio::test]
async fn statements_that_only_one_engine_reads_are_found() {
    for (text, fault) in [
        ("select a from t where b = ?", "without its number"),
        ("insert or replace into t (a) values ($1)", "insert or"),
        ("select printf('%d', a) from t", "printf"),
        ("insert into t (a) values ($1) on conflict (a) do update set a = $1", "do update"),
        ("select value ->> '$.of.x' from json_each($1)", "path in JSON"),
        ("select a from t join u where t.a = u.a", "join without on"),
        ("select a from t cross join u order by 1", "join without on"),
        ("select a from t join u on u.a = t.a join v", "join without on"),
        ("select a from t where b is $1", "is $1"),
        ("select a from t where b is not $1", "is $1"),
        ("select a from t where not $1 or b = 1", "taken for a truth"),
        ("select a from t where b = 1 and $1 order by a", "taken for a truth"),
        ("select a from t where t.b = 1 and t.c and t.d = 1", "column taken for a truth"),
        ("select sum(a = 'x') from t", "taken for a number"),
        ("select a, b, count(*) from t group by a", "not grouped: b"),
        ("select x from (select t.x, t.y, max(z) from t group by t.x) u", "not grouped: t.y"),
        ("select a, count(*) from t group by 1", "grouped by a place"),
    ] {
        let found = faults(text);
        assert!(found.iter().any(|found| found.contains(fault)), "{text}: {found:?}");
    }
    for text in [
        "select a from t join u on u.a = t.a left join v on v.a = u.a where b is not null and c is not distinct from $1",
        "select a, max(b) as b, sum(case when c = 1 then 1 else 0 end) from t group by a order by a",
        "select 'is it, group by 1?' from t -- insert or\n where a = $1",
    ] {
        assert_eq!(faults(text), [""; 0], "{text}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("x.db")).await.expect("a database");
    let bad = "insert into basis (episode, number, run) select value ->> 'e', value ->> 'n', 1 from json_each($1)";
    assert_eq!(uncast(&store, bad).await, ["number"]);
    assert_eq!(uncast(&store, "select 1 from outbox o where o.id = value ->> 'id'").await, ["id"]);
    assert_eq!(uncast(&store, &bad.replace("value ->> 'n'", "cast(value ->> 'n' as bigint)")).await, [""; 0]);
}

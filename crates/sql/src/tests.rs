//! What the one way to ask the database gives, and what it refuses.

use super::*;
use crate::row;

row! {
    #[derive(Debug, PartialEq, Eq)]
    struct Entry {
        channel: String,
        minute: i64,
        messages: Option<i64>,
    }
}

async fn database(folder: &tempfile::TempDir) -> Pool {
    let opened = Opened::file(&folder.path().join("x.db")).await.expect("a database");
    match opened.up_to_date().await {
        Ok(pool) => pool,
        Err(Outdated::Newer) => panic!("an empty database is of no schema"),
        Err(Outdated::Failed(cause)) => panic!("{cause}"),
    }
}

#[tokio::test]
async fn a_row_is_read_by_the_names_of_its_columns_and_one_column_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let pool = &database(&folder).await;
    let mut tx = Tx::begin(pool).await.expect("a transaction");
    let put = |minute: i64| {
        ask("insert into begun (channel, minute, messages) values ($2, $1, $1 + 1)").bind(minute).bind("sms")
    };
    assert_eq!(put(7).run(&mut tx).await.expect("written"), 1);
    assert_eq!(put(8).run(&mut tx).await.expect("written"), 1);
    let text = "select messages, minute, channel from begun order by minute";
    let entry = |minute| Entry { channel: "sms".to_owned(), minute, messages: Some(minute + 1) };
    assert_eq!(ask(text).all::<Entry>(&mut tx).await.expect("rows"), [entry(7), entry(8)]);
    assert_eq!(ask(text).all::<Entry>(pool).await.expect("rows"), [], "it is not committed");
    tx.commit().await.expect("committed");
    assert_eq!(ask(text).maybe::<Entry>(pool).await.expect("a row"), Some(entry(7)));
    assert_eq!(ask("select count(*) from begun").one::<i64>(pool).await.expect("a count"), 2);
    let none = "select minute from begun where channel = $1";
    assert_eq!(ask(none).bind("email").maybe::<i64>(pool).await.expect("an answer"), None);
    assert!(ask(none).bind("email").one::<i64>(pool).await.is_err(), "there is no row");
    let missing = ask("select minute from begun").one::<Entry>(pool).await.expect_err("a column is missing");
    assert!(missing.to_string().contains("channel"), "{missing}");
}

#[tokio::test]
async fn every_kind_of_value_comes_back_as_it_was_bound_and_a_missing_one_as_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let pool = &database(&folder).await;
    let words: String = ask("select $1").bind("臭氧 'x' $2").one(pool).await.expect("words");
    assert_eq!(words, "臭氧 'x' $2");
    let bytes: Vec<u8> = ask("select $1").bind(&[0_u8, 255][..]).one(pool).await.expect("bytes");
    assert_eq!(bytes, [0, 255]);
    let number: i64 = ask("select $1").bind(i64::MIN).one(pool).await.expect("a number");
    assert_eq!(number, i64::MIN);
    for is in [true, false] {
        assert_eq!(ask("select $1").bind(is).one::<bool>(pool).await.expect("a truth"), is);
        assert_eq!(ask("select $1").bind(is).one::<i64>(pool).await.expect("a number"), i64::from(is));
    }
    assert_eq!(ask("select $1").bind(None::<i64>).one::<Option<i64>>(pool).await.expect("none"), None);
    assert_eq!(ask("select $1").bind(None::<&str>).one::<Option<String>>(pool).await.expect("none"), None);
}

#[tokio::test]
async fn what_a_transaction_wrote_is_gone_where_it_was_not_committed() {
    let folder = tempfile::tempdir().expect("a folder");
    let pool = &database(&folder).await;
    for leave in [true, false] {
        let mut tx = Tx::begin(pool).await.expect("a transaction");
        ask("insert into anew (region, number) values ($1, 1)").bind("r").run(&mut tx).await.expect("written");
        if leave {
            tx.rollback().await.expect("taken back");
        } else {
            drop(tx);
        }
        assert_eq!(ask("select number from anew").all::<i64>(pool).await.expect("an answer"), []);
    }
}

/// The schema as one text: what a new database has.
async fn schema(pool: &Pool) -> String {
    let all: Vec<String> =
        ask("select sql from sqlite_master where sql is not null and name not like '\\_sqlx%' escape '\\'
         order by case type when 'table' then 0 when 'index' then 1 else 2 end, name")
        .all(pool)
        .await
        .expect("the schema");
    let head = "-- The schema as it is. Made from the migrations by a test (crates/sql/src/tests.rs), which fails where the two differ:\n\
                -- CUOFENG_WRITE=1 cargo test -p cuofeng-sql schema_sql\n";
    format!("{head}\n{};\n", all.join(";\n\n"))
}

#[tokio::test]
async fn schema_sql_says_what_the_migrations_make() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = schema(&database(&folder).await).await;
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.sql");
    if std::env::var_os("CUOFENG_WRITE").is_some() {
        std::fs::write(&path, &made).expect("written");
    }
    let kept = std::fs::read_to_string(&path).expect("schema.sql");
    assert_eq!(kept, made, "the migrations make another schema: CUOFENG_WRITE=1 writes it down");
}

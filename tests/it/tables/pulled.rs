//! Tables at a pull.

use std::collections::BTreeSet;

use cuofeng_base::text::Lang;
use cuofeng_feed::table::TableFeed;
use cuofeng_feed::{Ask, Feed, FeedError, Memory};

use super::{Site, case, map_text, now, site, zone};
use crate::office;

#[tokio::test]
async fn what_was_set_aside_is_said_at_every_pull_until_it_is_mended() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("f.csv");
    let good = "发布,时间,O3\n2026-11-29 08:00,2026-11-30 01:00,80\n2026-11-29 08:00,2026-11-30 02:00,81\n";
    std::fs::write(&path, good.replace(",81", ",八十一") + "2026-11-29 08:00,2026-11-30 03:00,82\n").expect("written");
    let Site { role, feed } = site(&map_text("m_fc.toml"));
    let regions = BTreeSet::from(["town".to_owned()]);
    let feed = TableFeed::new("f".into(), path.clone(), "f.csv".into(), regions, role, Some(feed.map));
    let mut memory = Memory::default();
    for _ in 0..2 {
        let pulled = feed.pull(Ask { now: now(), zone: &zone(), memory: &memory }).await.expect("a pull");
        let [FeedError::Partly { count: 1, gaps, problems, .. }] = pulled.trouble.as_slice() else {
            panic!("{:?}", pulled.trouble)
        };
        assert_eq!(gaps, "town 11-30 02:00—03:00");
        assert_eq!(problems[0].value.as_deref(), Some("八十一"));
        assert_eq!(pulled.runs.len(), 1);
        memory = pulled.memory;
    }
    std::fs::write(&path, good).expect("written");
    let pulled = feed.pull(Ask { now: now(), zone: &zone(), memory: &memory }).await.expect("a pull");
    assert_eq!(pulled.trouble, []);
}

#[tokio::test]
async fn a_table_of_which_only_the_head_is_written_is_waited_for_and_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = "发布,时间,O3\n2026-11-29 08:00,2026-11-30 01:00,80\n";
    let workbook = case("tables", "x_text.xlsx");
    let feed = |name: &str| {
        let Site { role, feed } = site(&map_text("m_fc.toml"));
        let regions = BTreeSet::from(["town".to_owned()]);
        TableFeed::new("f".into(), folder.path().join(name), name.into(), regions, role, Some(feed.map))
    };
    let pull = async |name: &str, memory: &Memory| feed(name).pull(Ask { now: now(), zone: &zone(), memory }).await;
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).expect("written");
    write("head.csv", "发布,时".as_bytes());
    write("row.csv", "发布,时间,O3\n2026-11-29 08:00,".as_bytes());
    write("empty.csv", b"");
    write("half.xlsx", &workbook[..workbook.len() / 2]);
    write("wrong.csv", "发布,时刻,O3\n2026-11-29 08:00,2026-11-30 01:00,80\n".as_bytes());
    let memory = Memory::default();
    let (head, row, empty, half, wrong) = tokio::join!(
        pull("head.csv", &memory),
        pull("row.csv", &memory),
        pull("empty.csv", &memory),
        pull("half.xlsx", &memory),
        pull("wrong.csv", &memory)
    );
    for (name, pulled) in [("head.csv", head), ("row.csv", row), ("empty.csv", empty), ("half.xlsx", half)] {
        let pulled = pulled.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(pulled.runs.is_empty() && !pulled.unchanged, "{name}");
        let waits: Vec<String> = pulled.waits.iter().map(|waits| waits.text(Lang::Zh)).collect();
        assert!(waits.len() == 1 && waits[0].contains(name) && waits[0].contains("下次读取时再看"), "{waits:?}");
        assert_eq!(pulled.memory, memory, "{name}: known is only what was read");
        // Nothing more is written: what stood there is wrong, and is said so; or it is finished, and is read.
        office::rested(&folder.path().join(name));
        assert!(pull(name, &pulled.memory).await.is_err(), "{name}");
        if name != "half.xlsx" {
            write(name, whole.as_bytes());
            office::rested(&folder.path().join(name));
            assert_eq!(pull(name, &pulled.memory).await.expect("finished").runs.len(), 1, "{name}");
        }
    }
    assert!(matches!(wrong, Err(FeedError::Malformed { .. })), "whole, and wrong: {wrong:?}");
}

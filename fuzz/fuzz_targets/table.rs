//! Tables: CSV, gzip and workbooks, with a map and without.
#![no_main]

use std::collections::BTreeSet;

use cuofeng_feed::table::{Map, Role, Table, Wanted};

const MAP: &str = r#"
time = ["t"]
time_format = "%Y-%m-%d %H:%M"
hour = "end"
only_region = "town"
missing = ["NA", "-"]
[columns]
o3 = { column = "o", unit = "ug/m3" }
co = { column = "c", unit = "mg/m3" }
"#;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let zone = cuofeng_base::time::Zone::named("Asia/Shanghai").expect("a zone");
    let now = "2026-07-15T00:20:00Z".parse().expect("a time");
    let regions = BTreeSet::from(["town".to_owned()]);
    let map: Map = toml::from_str(MAP).expect("a map");
    for file in ["t.csv", "t.csv.gz", "t.xlsx"] {
        for (role, map) in
            [(Role::Forecast, None), (Role::Observations, None), (Role::Observations, Some(&map))]
        {
            let table = Table { feed: "f", file, regions: Some(&regions), role };
            let _ = table.read(bytes, map, now, &zone, Wanted::Newest);
        }
    }
});

//! The catalogues: every kind has its sentence in both languages.

use super::*;
use cuofeng_base::text::Lang;

#[test]
fn every_finding_speaks_both_languages() {
    for kind in Kind::ALL {
        let finding = Finding::new(*kind, "alert/sent", "VALUE");
        for lang in [Lang::Zh, Lang::En] {
            let pattern = &crate::CATALOGUE.own(lang)[kind.key()];
            let line = finding.line().text(lang);
            assert!(line.starts_with("alert/sent") && !line.contains('{'), "{line}");
            assert_eq!(line.contains("VALUE"), pattern.contains("{value}"), "{line}");
        }
    }
}

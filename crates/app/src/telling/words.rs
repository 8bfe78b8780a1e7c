//! Days and periods, as notices call them.
//!
//! In: periods and an instant. Out: their words, for the eye and the ear. Can't happen: a period that is past named for the
//! ear.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use cuofeng_base::text::Lang;
use cuofeng_base::time::day_words;
use cuofeng_notice::speech;
use cuofeng_office::site::Site;
use cuofeng_rules::warning::{self, Span};

/// The date of a notice in words.
pub(crate) fn date(site: &Site, now: DateTime<Utc>) -> String {
    let (today, lang) = (site.config.zone.day(now), site.config.language);
    match lang {
        Lang::Zh => format!("{}年{}", today.year(), day_words(today, lang)),
        Lang::En => format!("{} {}", day_words(today, lang), today.year()),
    }
}

/// The periods in words for the ear, as they are called at an instant.
pub(crate) fn spoken(site: &Site, spans: &[Span], at: DateTime<Utc>) -> String {
    let (zone, lang) = (&site.config.zone, site.config.language);
    match lang {
        Lang::Zh => speech::when(&warning::merged(spans), zone, at),
        Lang::En => {
            let ahead: Vec<Span> = spans.iter().filter(|span| span.period.end > at).copied().collect();
            warning::spans_words(&ahead, zone, lang)
        }
    }
}

/// The local days of a period.
pub(crate) fn days_of(span: &Span, zone: &cuofeng_base::time::Zone) -> Vec<NaiveDate> {
    let last = zone.day(span.period.end - chrono::Duration::seconds(1));
    zone.day(span.period.start).iter_days().take_while(|day| *day <= last).collect()
}

use super::*;
use crate::warning::{Act, Span};
use cuofeng_base::time::{Hour, Period};

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(minute * 60, 0).expect("a time")
}

fn revision(number: u32, first: i64, level: usize, told: bool) -> Revision {
    let period = Period::hours(Hour(first), 7).expect("hours");
    Revision { number, action: Act::Update, spans: vec![Span::own(period, level)], at: at(0), told, unfounded: false }
}

fn answer(revision: u32, said: Said, minute: i64) -> Answer {
    Answer { revision, said, at: at(minute) }
}

#[test]
fn nobody_is_asked_again_of_the_same_hours_at_the_same_level() {
    let zone = Zone::named("Asia/Shanghai").expect("a zone");
    let rule = |shape: &str| {
        let source = format!(
            "[[rule]]\nid='a'\nname='甲'\nkind='a'\nsource='文'\nshape='{shape}'\n\
             [[rule.level]]\nid='h'\nname='高'\nwhen='pm25 > 150 µg/m³'\n\
             [[rule.level]]\nid='l'\nname='低'\nwhen='pm25 > 115 µg/m³'\n"
        );
        crate::file::parse("rule.toml", &source, cuofeng_air::forecast::Take::Middle).expect("a rule").remove(0)
    };
    let span = |first: i64, hours: i64, level: usize, ordered: bool| Span {
        period: Period::hours(Hour(first), hours).expect("hours"),
        level,
        ordered,
    };
    let before = [span(2, 7, 1, false)];
    // shape, what is asked after, whether that is nothing more
    let cases = [
        ("10-17", vec![span(2, 7, 1, false), span(26, 7, 1, false)], true),
        ("10-17", vec![span(26, 5, 1, false)], true),
        ("10-17", vec![span(25, 7, 1, false)], false),
        ("10-17", vec![span(2, 7, 0, false)], false),
        ("10-17", vec![span(2, 7, 1, true)], false),
        ("days", vec![span(16, 24, 1, false)], true),
        ("days", vec![span(16, 24, 0, false)], false),
    ];
    for (shape, after, same) in cases {
        assert_eq!(asks_no_more(&rule(shape), &before, &after, &zone), same, "{shape} {after:?}");
    }
    assert!(!asks_no_more(&rule("10-17"), &[], &before, &zone), "nothing was asked before");
}

#[test]
fn an_answer_counts_only_while_nothing_that_was_asked_has_changed() {
    let revisions = [
        revision(1, 10, 1, true),
        revision(2, 10, 1, true),
        revision(3, 12, 1, false),
        revision(4, 10, 1, true),
        revision(5, 12, 1, true),
        revision(6, 10, 1, true),
        revision(7, 10, 0, true),
    ];
    let known = |revision| vec![answer(revision, Said::Known, 5)];
    // answered revision, asked revision, whether it counts
    let cases = [
        (1, 1, true),
        (1, 2, true),
        // A draft that nobody was told of changes nothing.
        (1, 4, true),
        (1, 5, false),
        // The old hours have come back, but in between others were told.
        (1, 6, false),
        (4, 6, false),
        (6, 6, true),
        // The same hours at another level ask for something else.
        (6, 7, false),
        // An answer to a later one says nothing of an earlier one.
        (5, 4, false),
        (7, 9, false),
    ];
    for (answered, asked, counts) in cases {
        assert_eq!(holding(&known(answered), &revisions, asked).is_some(), counts, "{answered} → {asked}");
    }
}

#[test]
fn the_latest_answer_holds_whatever_the_order_in_which_they_came() {
    let revisions = [revision(1, 10, 1, true), revision(2, 10, 1, true)];
    let first = answer(1, Said::Known, 5);
    let later = answer(1, Said::Unable("停炉要两天".into()), 9);
    let again = answer(2, Said::Known, 5);
    for answers in [vec![first.clone(), later.clone(), again.clone()], vec![later.clone(), again, first]] {
        assert_eq!(holding(&answers, &revisions, 2), Some(&later));
    }
}

#[test]
fn replies_are_read_as_they_are_written() {
    let unable = |reason: &str| Reply::Answer(Said::Unable(reason.into()), None);
    let coded = |said, code: &str| Reply::Answer(said, Some(code.to_owned()));
    let cases = [
        ("1", Reply::Answer(Said::Known, None)),
        ("１", Reply::Answer(Said::Known, None)),
        (" 1. ", Reply::Answer(Said::Known, None)),
        ("收到。", Reply::Answer(Said::Known, None)),
        ("已收到！", Reply::Answer(Said::Known, None)),
        ("2", Reply::Answer(Said::Done, None)),
        ("已执行", Reply::Answer(Said::Done, None)),
        ("3 窑炉停不下来", unable("窑炉停不下来")),
        ("3，窑炉停不下来。", unable("窑炉停不下来")),
        ("无法执行：合同工期", unable("合同工期")),
        ("“1”", Reply::Answer(Said::Known, None)),
        ("【收到】", Reply::Answer(Said::Known, None)),
        ("1 收到", Reply::Answer(Said::Known, None)),
        ("收到了", Reply::Answer(Said::Known, None)),
        ("1 KQF", coded(Said::Known, "KQF")),
        ("kqf 2", coded(Said::Done, "KQF")),
        ("3 窑炉 KQF", coded(Said::Unable("窑炉".into()), "KQF")),
        ("1HQW", coded(Said::Known, "HQW")),
        ("hqw2", coded(Said::Done, "HQW")),
        ("１ＨＱＷ。", coded(Said::Known, "HQW")),
        ("收到HQW", coded(Said::Known, "HQW")),
        ("1HQWX", Reply::Other),
        ("3", Reply::Other),
        ("3点以后停", Reply::Other),
        ("30", Reply::Other),
        ("11", Reply::Other),
        ("为什么又停", Reply::Other),
        ("没收到", Reply::Other),
        ("1号", Reply::Other),
        ("收到，但停不了", Reply::Other),
        ("收到？不是我厂", Reply::Other),
        ("", Reply::Other),
        ("TD", Reply::OptOut),
        ("退订", Reply::OptOut),
        ("ＴＤ", Reply::OptOut),
        ("T", Reply::OptOut),
        ("退订回T", Reply::OptOut),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text), expected, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn any_reply_is_read_or_left_to_a_person(text in "\\PC{0,40}") {
        let _ = read(&text);
    }
}

#[test]
fn a_reply_that_could_mean_two_notices_goes_to_a_person() {
    let open = |notice: &str, code: &str, message| Open {
        notice: notice.into(),
        code: code.into(),
        earlier: None,
        answered: false,
        message,
        since: false,
    };
    let one = |notice: &str, said| Meant::Notices(vec![notice.to_owned()], said);
    let two = [open("a", "KQF", 1), open("b", "MMX", 2)];
    let known = |code: Option<&str>| Reply::Answer(Said::Known, code.map(str::to_owned));
    assert_eq!(meant(known(None), &two[..1]), one("a", Said::Known));
    assert_eq!(meant(known(None), &two), Meant::Person(Why::Ambiguous));
    // Both came since the last answer: that is what a bare word is said to.
    let since = two.clone().map(|open| Open { since: true, ..open });
    assert_eq!(meant(known(None), &since), Meant::Notices(vec!["a".into(), "b".into()], Said::Known));
    let later = [two[0].clone(), since[1].clone()];
    assert_eq!(meant(known(None), &later), one("b", Said::Known));
    assert_eq!(meant(Reply::Answer(Said::Done, None), &since), Meant::Person(Why::Ambiguous));
    let one_left = [Open { answered: true, ..open("a", "KQF", 1) }, open("b", "MMX", 2)];
    assert_eq!(meant(known(None), &one_left), one("b", Said::Known));
    assert_eq!(meant(Reply::Answer(Said::Done, None), &one_left), Meant::Person(Why::Ambiguous));
    assert_eq!(meant(known(Some("MMX")), &two), one("b", Said::Known));
    assert_eq!(meant(known(Some("AAA")), &two), Meant::Person(Why::Code));
    let alike = [open("a", "KQF", 1), open("b", "KQF", 2)];
    assert_eq!(meant(known(Some("KQF")), &alike), Meant::Person(Why::Ambiguous));
    // Messages of an older version bore one code for all of a revision: it is said to all that came with it.
    let shared = |notice: &str, code: &str| Open { earlier: Some("QQQ".into()), ..open(notice, code, 3) };
    let old = [shared("a", "KQF"), shared("b", "MMX"), open("c", "CCC", 4)];
    let both = |said| Meant::Notices(vec!["a".into(), "b".into()], said);
    assert_eq!(meant(known(Some("QQQ")), &old[..1]), one("a", Said::Known));
    assert_eq!(meant(known(Some("QQQ")), &old), both(Said::Known));
    assert_eq!(meant(known(Some("MMX")), &old), one("b", Said::Known));
    let unable = Reply::Answer(Said::Unable("停不下来".into()), Some("QQQ".into()));
    assert_eq!(meant(unable, &old), Meant::Person(Why::Ambiguous));
    assert_eq!(meant(known(None), &[]), Meant::Person(Why::NothingOpen));
    assert_eq!(meant(Reply::OptOut, &two[..1]), Meant::Person(Why::OptOut));
}

#[test]
fn a_reply_to_one_message_answers_all_that_it_brought() {
    let open = |notice: &str, answered, message| Open {
        notice: notice.into(),
        code: notice.to_uppercase(),
        earlier: None,
        answered,
        message,
        since: false,
    };
    let say = |said| Reply::Answer(said, None);
    let both = |said| Meant::Notices(vec!["a".into(), "b".into()], said);
    let unable = Said::Unable("停不下来".into());
    let together = [open("a", false, 7), open("b", false, 7)];
    assert_eq!(meant(say(Said::Known), &together), both(Said::Known));
    assert_eq!(meant(say(Said::Done), &together), both(Said::Done));
    assert_eq!(meant(say(unable.clone()), &together), Meant::Person(Why::Ambiguous), "which of the two?");
    let named = Reply::Answer(unable.clone(), Some("B".into()));
    assert_eq!(meant(named, &together), Meant::Notices(vec!["b".into()], unable));
    // Read, then done: both times of both.
    let read = [open("a", true, 7), open("b", true, 7)];
    assert_eq!(meant(say(Said::Done), &read), both(Said::Done));
    // Another message came later: it is not known which is meant.
    let later = [open("a", false, 7), open("b", false, 7), open("c", false, 9)];
    assert_eq!(meant(say(Said::Known), &later), Meant::Person(Why::Ambiguous));
    let answered = [open("a", false, 7), open("b", false, 7), open("c", true, 9)];
    assert_eq!(meant(say(Said::Known), &answered), both(Said::Known));
}

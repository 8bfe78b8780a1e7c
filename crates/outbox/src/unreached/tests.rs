use super::*;

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::minutes(minutes)
}

fn letter(state: State, channel: ChannelName, form: Form, not_before: i64) -> Sent {
    Sent { state, channel, form, not_before: Some(at(not_before)) }
}

#[test]
fn who_may_still_be_reached_is_named_in_time_to_be_called_and_not_before() {
    let waiting = |not_before| vec![letter(State::Queued, ChannelName::Email, Form::Email, not_before)];
    // When it may be sent, the first hour, and from when its recipient is named (minutes; made at 0).
    for (not_before, first, named) in [(0, 600, 540), (0, 80, 30), (0, 20, 20), (560, 600, 590), (595, 600, 600)] {
        let from = named_from(&Purpose::Raise, &waiting(not_before), (at(0), at(first), at(9000)));
        assert_eq!(from, at(named), "{not_before} {first}");
    }
    assert_eq!(named_from(&Purpose::Update, &waiting(0), (at(0), at(0), at(9000))), at(30), "its hours have begun");
    assert_eq!(named_from(&Purpose::Lift, &waiting(0), (at(0), at(0), at(9000))), at(9000));
}

#[test]
fn what_a_village_was_told_before_is_no_news_to_it() {
    let span = |from, to, level| Span::own(Period { start: at(from), end: at(to) }, level);
    let told = [span(0, 60, 1), span(60, 120, 1)];
    for (now, news_at) in [
        (vec![span(0, 120, 1)], vec![]),
        (vec![span(30, 180, 1)], vec![at(120)]),
        (vec![span(60, 120, 0)], vec![at(60)]),
        (vec![span(0, 60, 1), span(240, 300, 1)], vec![at(240)]),
    ] {
        let begins: Vec<_> = news(&now, &told).into_iter().map(|period| period.start).collect();
        assert_eq!(begins, news_at, "{now:?}");
    }
    assert_eq!(news(&told, &[]).into_iter().map(|period| period.start).collect::<Vec<_>>(), [at(0), at(60)]);
}

#[test]
fn hours_that_run_when_a_letter_is_made_are_its_first_hours() {
    let period = |from, to| Period { start: at(from), end: at(to) };
    // At ten, of today 8 to 18 and tomorrow 8 to 18: who is not reached is named at half past ten.
    let hours = [period(480, 1080), period(1920, 2520)];
    assert_eq!(first_of(&hours, at(600)), at(600));
    assert_eq!(named_from(&Purpose::Update, &[], (at(600), first_of(&hours, at(600)), at(2520))), at(630));
    assert_eq!(first_of(&hours, at(1080)), at(1920), "what is over is not what it speaks of");
    assert_eq!(first_of(&hours, at(60)), at(480));
}

#[test]
fn the_cause_is_what_a_person_can_do_most_about() {
    let cases = [
        (vec![], Cause::Unplayed),
        (vec![letter(State::Queued, ChannelName::ByHand, Form::Sms, 0)], Cause::ByHand),
        (vec![letter(State::Unknown, ChannelName::Mqtt, Form::Speech, 0)], Cause::Unplayed),
        (
            vec![
                letter(State::Dead, ChannelName::Email, Form::Email, 0),
                letter(State::Failed, ChannelName::Aliyun, Form::Sms, 0),
            ],
            Cause::Refused,
        ),
        (vec![letter(State::Expired, ChannelName::Email, Form::Email, 0)], Cause::Ended),
        (vec![letter(State::Sending, ChannelName::Email, Form::Email, 0)], Cause::Waiting),
    ];
    for (letters, wanted) in cases {
        assert_eq!(cause(&letters), wanted);
    }
}

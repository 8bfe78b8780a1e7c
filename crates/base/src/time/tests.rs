use super::*;

#[test]
fn clock_hours_are_read_as_people_write_them() {
    for text in [
        "11-17",
        "11:00-17:00",
        "11：00—17：00",
        "11时至17时",
        "11点到17点",
        "１１－１７",
        "11 ~ 17",
        "11时00分-17时整",
    ] {
        assert_eq!(ClockWindow::read(text), ClockWindow::new(11, 17), "{text}");
    }
    for text in ["22-07", "22:00-次日7:00", "22时至第二天7时"] {
        assert_eq!(ClockWindow::read(text), ClockWindow::new(22, 7), "{text}");
    }
    assert_eq!(ClockWindow::read("0:00-24:00"), ClockWindow::new(0, 24));
    for text in ["", "11", "11:30-17:00", "11-17:15", "25-30", "11-11", "+1-2", "上午至下午", "10-17-18"] {
        assert_eq!(ClockWindow::read(text), None, "{text}");
    }
    assert_eq!(
        [(10, 17), (22, 7), (17, 11), (0, 24)].map(|(f, t)| ClockWindow { from: f, to: t }.length()),
        [7, 9, 18, 24]
    );
}

//! The service as a process.

use std::process::{Command, Stdio};

use crate::office::{cuofeng, example, folder, run, text};

#[test]
fn the_service_stops_cleanly_and_keeps_a_second_worker_out_while_other_commands_work() {
    let dir = folder();
    let site = example(dir.path());
    let mut service = cuofeng()
        .args(["run", "--site"])
        .arg(&site)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the service");
    let log = std::io::BufReader::new(service.stderr.take().expect("its log"));
    let mut lines = std::io::BufRead::lines(log);
    assert!(lines.next().expect("a first line").expect("text").contains("working"));
    let second = run(&["once"], &site);
    assert_eq!(second.status.code(), Some(2), "{}", text(&second));
    assert!(text(&second).contains("另一个 cuofeng"), "{}", text(&second));
    assert!(run(&["check"], &site).status.success());
    let pid = service.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
    assert_eq!(service.wait().expect("the service").code(), Some(0));
    assert!(lines.map_while(Result::ok).any(|line| line.contains("stopped")));
}

//! Offices often reach the outside through a proxy alone: here Debian's tinyproxy, from the environment.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chrono::Utc;
use cuofeng_base::word::Form;
use cuofeng_office::site::Site;
use cuofeng_store::Store;

use crate::fill;
use crate::office::{cuofeng, folder, text};
use crate::recorder::gateway::Gateway;

struct Proxy(Child, u16);

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn proxy(dir: &Path) -> Proxy {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let config = dir.join("tinyproxy.conf");
    let lines = format!("Port {port}\nListen 127.0.0.1\nTimeout 20\nAllow 127.0.0.1\nViaProxyName \"office-proxy\"\n");
    std::fs::write(&config, lines).expect("a file");
    let mut command = Command::new("tinyproxy");
    command.arg("-d").arg("-c").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().expect("tinyproxy (scripts/test installs tinyproxy-bin)");
    let proxy = Proxy(child, port);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::sleep(Duration::from_millis(10));
    }
    proxy
}

#[tokio::test]
async fn short_messages_go_out_through_the_proxy_of_the_environment() {
    let dir = folder();
    let proxy = proxy(dir.path());
    let gateway = Gateway::start();
    let site = fill::mail_site(dir.path(), 9, "");
    let file = site.join("cuofeng.toml");
    let lines = std::fs::read_to_string(&file).expect("the site file");
    std::fs::write(&file, lines + "sms = \"sms_http\"\n" + &gateway.section()).expect("the site file");
    let config = Site::read(&site).0.expect("a site").config;
    let store = Store::open(&Site::database(&site)).await.expect("a database");
    fill::fill(&store, &config, 2, &[Form::Sms], Utc::now()).await;

    let mut command = cuofeng();
    command.arg("once").arg("--site").arg(&site);
    for name in ["NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY"] {
        command.env_remove(name);
    }
    let output = command.env("http_proxy", format!("http://127.0.0.1:{}", proxy.1)).output().expect("the program");
    assert_eq!(gateway.count(), gateway.via().len(), "{}", text(&output));
    assert!(
        gateway.count() >= 2 && gateway.via().iter().all(|via| via.contains("office-proxy")),
        "{:?}",
        gateway.via()
    );
    let accepted: i64 = sqlx::query_scalar("select count(*) from outbox where form = 'sms' and state = 'accepted'")
        .fetch_one(store.pool())
        .await
        .expect("the outbox");
    assert_eq!(usize::try_from(accepted), Ok(gateway.count()));
    store.close().await;
}

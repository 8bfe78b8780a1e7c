//! Mailboxes whose servers answer in GBK.

use super::Office;
use super::tongues::gbk_server;
use crate::fill;

#[tokio::test]
async fn a_mailbox_that_says_no_in_gbk_is_quoted_in_chinese() {
    for server in ["pop3", "imap"] {
        for security in ["plain", "tls"] {
            let keys = tempfile::tempdir().expect("a folder");
            let (_peer, port) = gbk_server(keys.path(), server, security);
            let dir = tempfile::tempdir().expect("a folder");
            let more = format!(
                "ca_file = \"relay.pem\"\nbounces = {{ address = \"bounces@example.com\", {server} = {{ \
                 host = \"localhost\", port = {port}, security = \"{security}\", user = \"bounces\", \
                 password_file = \"secret\" }} }}"
            );
            let more = format!("security = \"plain\"\n{more}");
            let site = fill::mail_site(dir.path(), 9, &more);
            std::fs::copy(keys.path().join("certificate.pem"), site.join("relay.pem")).expect("a certificate");
            let office = Office::at(dir, &site, 0).await;
            office.deliver().await;
            let said: String = sqlx::query_scalar("select said from mailbox")
                .fetch_one(office.app.store.pool())
                .await
                .expect("a reading");
            assert!(said.contains("密码错误，请使用授权码登录"), "{server} {security}: {said}");
        }
    }
}

//! What a mail server says, as text: servers in China answer in GBK, and the libraries that lead the dialogue read UTF-8
//! alone.
//!
//! In: a server's bytes, above TLS. Out: the same with every line that is not UTF-8 read as GB18030; a byte that is
//! neither stands as `\xNN`. Can't happen: a code changed; a line lost or held back once it is whole; a mail that a
//! mailbox gives (a literal of IMAP, counted in bytes) changed in any byte.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::wire::AnyWire;
use cuofeng_base::text::outside;

/// A line that goes on beyond this is handed on in pieces.
const LONGEST: usize = 64 << 10;

/// How many bytes of an SMTP reply's line are handed on: the library that reads them allows 1000, and that leaves the
/// reply's code and all that anybody reads.
const REPLY: usize = 960;

/// What the lines belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialogue {
    /// Replies of SMTP.
    Smtp,
    /// Responses of IMAP, with literals between them.
    Imap,
}

/// A connection whose far side speaks UTF-8, whatever it speaks.
#[derive(Debug)]
pub(super) struct Turned {
    wire: AnyWire,
    dialogue: Dialogue,
    /// A line that is not whole yet.
    line: Vec<u8>,
    /// Bytes of a literal that are still to come.
    literal: u64,
    /// What may be handed on, and how much of it has been.
    text: Vec<u8>,
    handed: usize,
    ended: bool,
}

impl Turned {
    pub(super) fn new(wire: AnyWire, dialogue: Dialogue) -> Self {
        Self::after(wire, dialogue, Vec::new())
    }

    /// The same, where `text` is heard first: what was said before TLS began and a library wants to hear.
    pub(super) fn after(wire: AnyWire, dialogue: Dialogue, text: Vec<u8>) -> Self {
        Self { wire, dialogue, line: Vec::new(), literal: 0, text, handed: 0, ended: false }
    }

    /// The connection itself; words that were heard and not taken are nobody's.
    pub(super) fn into_inner(self) -> AnyWire {
        self.wire
    }

    fn hear(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.literal > 0 {
                let count = usize::try_from(self.literal).unwrap_or(usize::MAX).min(bytes.len());
                let (raw, rest) = bytes.split_at(count);
                self.text.extend_from_slice(raw);
                self.literal -= count as u64;
                bytes = rest;
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
            let (part, rest) = bytes.split_at(end);
            self.line.extend_from_slice(part);
            if part.ends_with(b"\n") || self.line.len() > LONGEST {
                self.whole();
            }
            bytes = rest;
        }
    }

    /// Hands on the line that has been heard.
    fn whole(&mut self) {
        let line = std::mem::take(&mut self.line);
        match self.dialogue {
            Dialogue::Imap => {
                self.literal = literal(&line).unwrap_or(0);
                self.text.extend_from_slice(outside::words(&line).as_bytes());
            }
            Dialogue::Smtp => {
                let said = line.strip_suffix(b"\n").unwrap_or(&line);
                let said = outside::words(said.strip_suffix(b"\r").unwrap_or(said)).into_owned();
                let mut end = said.len().min(REPLY);
                while !said.is_char_boundary(end) {
                    end -= 1;
                }
                self.text.extend_from_slice(&said.as_bytes()[..end]);
                // A reply may be its code and nothing else (RFC 5321, 4.2); the library wants the blank.
                if said.len() == 3 && said.bytes().all(|byte| byte.is_ascii_digit()) {
                    self.text.push(b' ');
                }
                self.text.extend_from_slice(b"\r\n");
            }
        }
    }
}

/// The size of the literal that a line announces: `… {123}`, `… {123+}` or `… ~{123}`.
fn literal(line: &[u8]) -> Option<u64> {
    let line = line.strip_suffix(b"\r\n")?.strip_suffix(b"}")?;
    let digits = &line[line.iter().rposition(|byte| *byte == b'{')? + 1..];
    let digits = digits.strip_suffix(b"+").unwrap_or(digits);
    std::str::from_utf8(digits).ok()?.parse().ok()
}

impl AsyncRead for Turned {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            let waiting = &this.text[this.handed..];
            if !waiting.is_empty() {
                let count = waiting.len().min(into.remaining());
                into.put_slice(&waiting[..count]);
                this.handed += count;
                if this.handed == this.text.len() {
                    this.text.clear();
                    this.handed = 0;
                }
                return Poll::Ready(Ok(()));
            }
            if this.ended {
                return Poll::Ready(Ok(()));
            }
            let mut space = [0_u8; 4096];
            let mut heard = ReadBuf::new(&mut space);
            ready!(Pin::new(&mut this.wire).poll_read(context, &mut heard))?;
            if heard.filled().is_empty() {
                this.ended = true;
                // Half a line is none: whoever reads finds the end in it.
                let rest = std::mem::take(&mut this.line);
                this.text.extend_from_slice(outside::words(&rest).as_bytes());
            } else {
                this.hear(heard.filled());
            }
        }
    }
}

impl AsyncWrite for Turned {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().wire).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().wire).poll_shutdown(context)
    }
}

impl AsyncTokioStream for Turned {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// What is heard of these bytes, however they come in pieces.
    async fn heard(dialogue: Dialogue, bytes: &[u8], piece: usize) -> Vec<u8> {
        let (mut far, near) = tokio::io::duplex(1 << 20);
        for part in bytes.chunks(piece.max(1)) {
            far.write_all(part).await.expect("room");
        }
        drop(far);
        let (mut turned, mut all) = (Turned::new(Box::new(near), dialogue), Vec::new());
        turned.read_to_end(&mut all).await.expect("all of it");
        all
    }

    #[tokio::test]
    async fn replies_in_gbk_are_read_and_what_is_no_text_at_all_keeps_its_code() {
        let gbk = |text: &str| encoding_rs::GB18030.encode(text).0.into_owned();
        let cases: [(Vec<u8>, &str); 6] = [
            (gbk("535 登录失败，密码错误\r\n"), "535 登录失败，密码错误\r\n"),
            ("550 用户不存在\r\n".as_bytes().to_vec(), "550 用户不存在\r\n"),
            (b"550 \xff\xfe no\r\n".to_vec(), "550 \\xff\\xfe no\r\n"),
            (b"250\r\n".to_vec(), "250 \r\n"),
            (b"250-a\n250 b\n".to_vec(), "250-a\r\n250 b\r\n"),
            ([b"550 ".to_vec(), vec![b'x'; 3000], b"\r\n".to_vec()].concat(), ""),
        ];
        for (bytes, text) in cases {
            for piece in [1, 7, 5000] {
                let said = String::from_utf8(heard(Dialogue::Smtp, &bytes, piece).await).expect("UTF-8");
                if text.is_empty() {
                    assert!(said.len() < 1000 && said.starts_with("550 xxx") && said.ends_with("\r\n"), "{said}");
                } else {
                    assert_eq!(said, text);
                }
            }
        }
    }

    #[tokio::test]
    async fn a_mail_in_a_literal_stays_as_it_is_byte_by_byte() {
        let mail = b"Subject: \xc4\xe3\xba\xc3 {9}\r\n\r\n\xff\xfe\r\nx";
        let mut bytes = format!("* 1 FETCH (UID 7 BODY[] {{{}}}\r\n", mail.len()).into_bytes();
        bytes.extend_from_slice(mail);
        bytes.extend_from_slice(b")\r\na1 NO \xc3\xdc\xc2\xeb\xb4\xed\xce\xf3\r\n");
        for piece in [1, 3, 5000] {
            let all = heard(Dialogue::Imap, &bytes, piece).await;
            assert!(all.windows(mail.len()).any(|part| part == mail), "{}", String::from_utf8_lossy(&all));
            assert!(all.ends_with(")\r\na1 NO 密码错误\r\n".as_bytes()), "{}", String::from_utf8_lossy(&all));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_out_as_lines_of_text_with_their_codes(
            rest in proptest::collection::vec(any::<u8>(), 0..200), code in 200_u16..600, piece in 1_usize..40,
        ) {
            let rest: Vec<u8> = rest.into_iter().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
            let line = [format!("{code} ").into_bytes(), rest, b"\r\n".to_vec()].concat();
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let all = runtime.block_on(heard(Dialogue::Smtp, &line, piece));
            let said = String::from_utf8(all).expect("UTF-8");
            let begins = format!("{code} ");
            prop_assert!(said.starts_with(&begins) && said.ends_with("\r\n"), "{said:?}");
        }
    }
}

//! WAV: read as a speech engine writes it, and written whole again.
//!
//! In: bytes. Out: the samples with their real length, or why they can't be used. Can't happen: a length believed that
//! the header claims (engines that write to a pipe claim two gigabytes); a panic on what an engine writes.

use std::time::Duration;

/// Bytes of the header that is written.
pub const HEAD: usize = 44;

/// Why audio can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WavError {
    /// It does not begin as WAV does.
    #[error("what it wrote is not WAV")]
    NotWav,
    /// It is compressed, or its numbers are none that players take.
    #[error("its WAV is not 8 to 48 kHz PCM of 8 or 16 bits in one or two channels")]
    Format,
    /// Nothing but silence, or nothing at all.
    #[error("its WAV is silent")]
    Silent,
}

/// Uncompressed audio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wav {
    /// Samples a second and channel.
    pub rate: u32,
    /// Channels.
    pub channels: u16,
    /// Bits a sample.
    pub bits: u16,
    samples: Vec<u8>,
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

impl Wav {
    /// Reads audio; of what the header claims no more is believed than is there.
    pub fn read(bytes: &[u8]) -> Result<Self, WavError> {
        if bytes.get(..4) != Some(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
            return Err(WavError::NotWav);
        }
        let (mut at, mut format) = (12, None);
        while let (Some(name), Some(length)) = (bytes.get(at..at + 4), long(bytes, at + 4)) {
            let begin = at + 8;
            let length = usize::try_from(length).unwrap_or(usize::MAX).min(bytes.len() - begin);
            let inside = bytes.get(begin..begin + length).unwrap_or_default();
            if name == b"fmt " {
                format = word(inside, 0).zip(word(inside, 2)).zip(long(inside, 4)).zip(word(inside, 14));
            }
            if name == b"data" {
                let (((kind, channels), rate), bits) = format.ok_or(WavError::NotWav)?;
                return Self::of(kind, (channels, rate, bits), inside);
            }
            // Chunks begin at even places.
            at = begin + length + length % 2;
        }
        Err(WavError::NotWav)
    }

    fn of(kind: u16, (channels, rate, bits): (u16, u32, u16), samples: &[u8]) -> Result<Self, WavError> {
        let usable =
            kind == 1 && matches!(channels, 1 | 2) && (8000..=48_000).contains(&rate) && matches!(bits, 8 | 16);
        if !usable {
            return Err(WavError::Format);
        }
        let frame = usize::from(channels * bits / 8);
        let samples = samples.get(..samples.len() - samples.len() % frame).unwrap_or_default();
        // 8 bits are centred at 128, 16 bits at 0.
        let loud = if bits == 8 {
            samples.iter().any(|s| s.abs_diff(128) > 2)
        } else {
            samples.chunks_exact(2).any(|s| i16::from_le_bytes([s[0], s[1]]).unsigned_abs() > 512)
        };
        if !loud {
            return Err(WavError::Silent);
        }
        Ok(Self { rate, channels, bits, samples: samples.to_vec() })
    }

    /// How long it sounds.
    #[must_use]
    pub fn length(&self) -> Duration {
        let a_second = u64::from(self.rate) * u64::from(self.channels * self.bits / 8);
        let bytes = u64::try_from(self.samples.len()).unwrap_or(u64::MAX);
        Duration::from_millis(bytes.saturating_mul(1000) / a_second.max(1))
    }

    /// How long a file sounds that [`Wav::written`] made: by its first [`HEAD`] bytes and its size; nothing where it is
    /// not whole.
    #[must_use]
    pub fn measured(head: &[u8], size: u64) -> Option<Duration> {
        let whole = head.get(..4) == Some(b"RIFF") && head.get(36..40) == Some(b"data");
        let (bytes, a_second) = (u64::from(long(head, 40)?), u64::from(long(head, 28)?));
        let whole = whole && size == bytes + u64::try_from(HEAD).ok()?;
        whole.then(|| Duration::from_millis(bytes.saturating_mul(1000) / a_second.max(1)))
    }

    /// The whole file, with a header that says what is there.
    #[must_use]
    pub fn written(&self) -> Vec<u8> {
        let length = u32::try_from(self.samples.len()).unwrap_or(u32::MAX - 36);
        let frame = self.channels * self.bits / 8;
        let mut out = Vec::with_capacity(self.samples.len() + HEAD);
        out.extend(b"RIFF");
        out.extend((36 + length).to_le_bytes());
        out.extend(b"WAVEfmt ");
        out.extend(16_u32.to_le_bytes());
        out.extend(1_u16.to_le_bytes());
        out.extend(self.channels.to_le_bytes());
        out.extend(self.rate.to_le_bytes());
        out.extend((self.rate * u32::from(frame)).to_le_bytes());
        out.extend(frame.to_le_bytes());
        out.extend(self.bits.to_le_bytes());
        out.extend(b"data");
        out.extend(length.to_le_bytes());
        out.extend(&self.samples);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, frames: usize) -> Wav {
        let samples = (0..frames).flat_map(|n| (if n % 20 < 10 { 8000_i16 } else { -8000 }).to_le_bytes()).collect();
        Wav { rate, channels: 1, bits: 16, samples }
    }

    #[test]
    fn the_length_is_what_is_there_and_not_what_the_header_claims() {
        let whole = tone(22_050, 44_100);
        assert_eq!(whole.length(), Duration::from_secs(2));
        let mut piped = whole.written();
        piped[4..8].copy_from_slice(&0x7fff_f024_u32.to_le_bytes());
        piped[40..44].copy_from_slice(&0x7fff_f000_u32.to_le_bytes());
        let read = Wav::read(&piped).expect("as an engine pipes it");
        assert_eq!(read, whole);
        assert_eq!(read.written(), whole.written());
        let (file, size) = (whole.written(), u64::try_from(whole.written().len()).expect("small"));
        assert_eq!(Wav::measured(&file[..HEAD], size), Some(whole.length()));
        for (head, size) in [(&file[..HEAD], size - 1), (&file[..20], size), (&piped[..HEAD], size), (&b""[..], 0)] {
            assert_eq!(Wav::measured(head, size), None, "cut off, or not ours");
        }
        let mut odd = whole.written();
        odd.splice(36..36, *b"LIST\x03\0\0\0abc\0");
        assert_eq!(Wav::read(&odd), Ok(whole), "another chunk before the samples");
    }

    #[test]
    fn what_no_player_would_play_is_refused() {
        let good = tone(16_000, 100).written();
        let with = |at: usize, bytes: &[u8]| {
            let mut wav = good.clone();
            wav[at..at + bytes.len()].copy_from_slice(bytes);
            Wav::read(&wav)
        };
        assert_eq!(Wav::read(b""), Err(WavError::NotWav));
        assert_eq!(Wav::read(b"ID3\x03"), Err(WavError::NotWav));
        assert_eq!(with(20, &[85, 0]), Err(WavError::Format), "MP3 inside");
        assert_eq!(with(24, &4_000_u32.to_le_bytes()), Err(WavError::Format));
        assert_eq!(with(22, &[0, 0]), Err(WavError::Format));
        let quiet = Wav { samples: vec![0; 2000], ..tone(16_000, 0) };
        assert_eq!(Wav::read(&quiet.written()), Err(WavError::Silent));
        assert_eq!(Wav::read(&good[..44]), Err(WavError::Silent));
        assert_eq!(Wav::read(&good[..30]), Err(WavError::NotWav));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(cut in 0_usize..90, place in 0_usize..90, byte in proptest::num::u8::ANY) {
            let mut bytes = tone(8000, 20).written();
            if let Some(one) = bytes.get_mut(place) {
                *one = byte;
            }
            bytes.truncate(cut);
            let _ = Wav::read(&bytes).map(|wav| wav.length());
        }
    }
}

//! What customers send beside words: small real files, made from the media id, the same bytes each time.
//!
//! The id's last digit says what it is: `8` a voice note, `9` a document, `6` a sound, anything else a picture.

use crate::chance::Chance;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A square of one colour, this many pixels wide.
const WIDTH: u8 = 16;
const BITMAP_HEADER: u8 = 54;

pub(crate) struct SentFile {
    pub(crate) mime_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// What a customer may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FileKind {
    Image,
    Voice,
    Document,
}

impl FileKind {
    pub(crate) const ALL: [Self; 3] = [Self::Image, Self::Voice, Self::Document];

    const fn digit(self) -> u8 {
        match self {
            Self::Image => 1,
            Self::Voice => 8,
            Self::Document => 9,
        }
    }

    /// The members of a message with a file nobody has sent before, as Meta writes them.
    pub(crate) fn content(self, chance: &Chance) -> Value {
        let id = format!("{}{}", chance.between([10_000_000_000, 99_999_999_999]), self.digit());
        let file = file(&id);
        let sha256 = STANDARD.encode(Sha256::digest(&file.bytes));
        let mut about = json!({ "id": id, "mime_type": file.mime_type, "sha256": sha256 });
        let kind = match self {
            Self::Image => "image",
            Self::Voice => {
                about["voice"] = json!(true);
                "audio"
            }
            Self::Document => {
                about["filename"] = json!("comprovante nº 1.pdf");
                "document"
            }
        };
        json!({ "type": kind, kind: about })
    }
}

/// The file behind an id.
pub(crate) fn file(media: &str) -> SentFile {
    let seed: [u8; 32] = Sha256::digest(media.as_bytes()).into();
    let (mime_type, bytes) = match media.bytes().last() {
        Some(b'8') => ("audio/ogg; codecs=opus", voice_note(seed)),
        Some(b'9') => ("application/pdf", document(seed)),
        Some(b'6') => ("audio/wav", sound(seed)),
        _ => ("image/bmp", picture(seed)),
    };
    SentFile { mime_type, bytes }
}

/// A bitmap of one colour.
fn picture(seed: [u8; 32]) -> Vec<u8> {
    let pixels = usize::from(WIDTH) * usize::from(WIDTH);
    let size = usize::from(BITMAP_HEADER) + pixels * 3;
    let mut file = Vec::with_capacity(size);
    file.extend_from_slice(b"BM");
    file.extend_from_slice(&(size as u32).to_le_bytes());
    for word in [0, u32::from(BITMAP_HEADER), 40, u32::from(WIDTH), u32::from(WIDTH)] {
        file.extend_from_slice(&word.to_le_bytes());
    }
    // One plane of 24 bits, not compressed; the rest may be nothing.
    file.extend_from_slice(&[1, 0, 24, 0]);
    file.resize(usize::from(BITMAP_HEADER), 0);
    for _ in 0..pixels {
        file.extend_from_slice(&seed[..3]);
    }
    file
}

/// A quarter of a second of a buzz: 8 bits, one channel, 8000 a second.
fn sound(seed: [u8; 32]) -> Vec<u8> {
    const SAMPLES: u32 = 2_000;
    let mut file = b"RIFF".to_vec();
    file.extend_from_slice(&(36 + SAMPLES).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&8_000_u32.to_le_bytes());
    file.extend_from_slice(&8_000_u32.to_le_bytes());
    file.extend_from_slice(&[1, 0, 8, 0]);
    file.extend_from_slice(b"data");
    file.extend_from_slice(&SAMPLES.to_le_bytes());
    let period = 16 + u32::from(seed[0] % 64);
    file.extend((0..SAMPLES).map(|sample| if sample % period < period / 2 { 0x70 } else { 0x90 }));
    file
}

/// A second of silence as WhatsApp sends it: Opus in Ogg, in three pages.
fn voice_note(seed: [u8; 32]) -> Vec<u8> {
    const FRAMES: usize = 50;
    const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
    let serial = [seed[0], seed[1], seed[2], seed[3]];
    // One channel, 312 samples to skip, 48000 a second, no gain, the plain layout.
    let head = b"OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0".to_vec();
    let tags = b"OpusTags\x09\0\0\0simulated\0\0\0\0".to_vec();
    let mut file = page(2, 0, serial, 0, &[head]);
    file.extend(page(0, 0, serial, 1, &[tags]));
    file.extend(page(4, 960 * FRAMES as u64, serial, 2, &vec![SILENCE.to_vec(); FRAMES]));
    file
}

/// A page of Ogg, of packets shorter than 255 bytes each.
fn page(flags: u8, samples: u64, serial: [u8; 4], number: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut page = b"OggS\0".to_vec();
    page.push(flags);
    page.extend_from_slice(&samples.to_le_bytes());
    page.extend_from_slice(&serial);
    page.extend_from_slice(&number.to_le_bytes());
    page.extend_from_slice(&[0; 4]);
    page.push(packets.len() as u8);
    page.extend(packets.iter().map(|packet| packet.len() as u8));
    page.extend(packets.concat());
    let check = checksum(&page);
    page[22..26].copy_from_slice(&check.to_le_bytes());
    page
}

/// Ogg's own: the polynomial of Ethernet, and none of its turning round.
fn checksum(page: &[u8]) -> u32 {
    page.iter().fold(0, |check, byte| {
        (0..8).fold(check ^ (u32::from(*byte) << 24), |check, _| {
            if check & 0x8000_0000 == 0 { check << 1 } else { (check << 1) ^ 0x04c1_1db7 }
        })
    })
}

/// A page with a number on it.
fn document(seed: [u8; 32]) -> Vec<u8> {
    let words = format!("BT /F1 24 Tf 40 100 Td (No. {}) Tj ET", hex::encode(&seed[..4]));
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{words}\nendstream", words.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let header = "%PDF-1.4\n";
    let bodies = objects.iter().enumerate().map(|(place, object)| format!("{} 0 obj\n{object}\nendobj\n", place + 1));
    let bodies: Vec<String> = bodies.collect();
    let starts = bodies.iter().scan(header.len(), |next, body| {
        let start = *next;
        *next += body.len();
        Some(format!("{start:010} 00000 n \n"))
    });
    let starts: String = starts.collect();
    let bodies = bodies.concat();
    let (table, count) = (header.len() + bodies.len(), objects.len() + 1);
    let file = format!(
        "{header}{bodies}xref\n0 {count}\n0000000000 65535 f \n{starts}\
         trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n"
    );
    file.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::channel::media::{Announced, FileHash, fit, is_shown};
    use dashoffice_domain::conversation::content::MediaKind;
    use dashoffice_domain::ports::Came;

    #[test]
    fn a_file_is_what_it_is_called_and_always_the_same() {
        for (id, kind, mime_type) in [
            ("11", MediaKind::Image, "image/bmp"),
            ("18", MediaKind::Audio, "audio/ogg"),
            ("16", MediaKind::Audio, "audio/wav"),
            ("19", MediaKind::Document, "application/pdf"),
        ] {
            let one = file(id);
            assert_eq!(one.bytes, file(id).bytes);
            assert_ne!(one.bytes, file(&format!("2{id}")).bytes, "{id}");
            let came = Came { sha256: FileHash([0; 32]), size_bytes: 0, head: one.bytes[..64].to_vec() };
            assert_eq!(fit(kind, &Announced::default(), &came).as_deref(), Ok(mime_type));
            assert!(one.mime_type.starts_with(mime_type) && is_shown(mime_type));
        }
    }

    #[test]
    fn pages_of_ogg_carry_the_sum_that_players_look_for() {
        // The first page of a file that a reference encoder wrote has this sum for no bytes but its capture pattern.
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(b"\x01"), 0x04c1_1db7);
        let file = file("18").bytes;
        let mut first = file[..28 + 19].to_vec();
        let written = u32::from_le_bytes(first[22..26].try_into().unwrap());
        first[22..26].fill(0);
        assert_eq!(checksum(&first), written);
        assert_eq!(&first[28..36], b"OpusHead");
    }

    #[test]
    fn the_table_of_a_document_says_where_its_objects_are() {
        let file = String::from_utf8(file("19").bytes).unwrap();
        let table = file.split("65535 f \n").nth(1).unwrap();
        for (number, line) in table.lines().take(5).enumerate() {
            let place: usize = line[..10].parse().unwrap();
            assert!(file[place..].starts_with(&format!("{} 0 obj", number + 1)), "{line}");
        }
    }
}

//! What may be kept, and as what.

use super::*;
use crate::ports::Came;

const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F'];
const OGG: &[u8] = b"OggS\0\x02";

fn came(head: &[u8]) -> Came {
    Came { sha256: FileHash([7; 32]), size_bytes: head.len() as u64, head: head.to_vec() }
}

fn kept_as(kind: MediaKind, head: &[u8], called: &str) -> Result<String, Unfit> {
    let announced = Announced { mime_type: Some(called.to_owned()), ..Announced::default() };
    fit(kind, &announced, &came(head))
}

#[test]
fn a_file_is_kept_as_what_it_is_and_not_as_what_it_is_called() {
    assert_eq!(kept_as(MediaKind::Image, JPEG, "image/png").as_deref(), Ok("image/jpeg"));
    assert_eq!(kept_as(MediaKind::Audio, OGG, "audio/ogg; codecs=opus").as_deref(), Ok("audio/ogg"));
    assert_eq!(kept_as(MediaKind::Audio, b"\0\0\0\x18ftypisom", "audio/mp4").as_deref(), Ok("audio/mp4"));
    assert_eq!(kept_as(MediaKind::Document, b"%PDF-1.7", "text/html").as_deref(), Ok("application/pdf"));
    let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(kept_as(MediaKind::Document, b"PK\x03\x04", sheet).as_deref(), Ok(sheet));
    assert_eq!(kept_as(MediaKind::Document, b"hello", "text/plain").as_deref(), Ok("text/plain"));
    assert_eq!(kept_as(MediaKind::Image, b"nobody knows", "image/png").as_deref(), Ok("application/octet-stream"));
}

#[test]
fn what_a_browser_or_a_machine_would_run_is_no_picture_and_never_shown() {
    for page in [b"  <!DOCTYPE html><p>".as_slice(), b"\xef\xbb\xbf<svg xmlns=", b"<?xml version=", b"<ScRiPt>"] {
        assert_eq!(kept_as(MediaKind::Image, page, "image/png"), Err(Unfit::NotAllowed));
        let kept = kept_as(MediaKind::Document, page, "text/html").unwrap();
        assert!(!is_shown(&kept), "{kept}");
    }
    for called in
        ["text/html", "image/svg+xml", "application/xhtml+xml", "text/javascript", "application/vnd.x+xml", "a\r\nb"]
    {
        let kept = kept_as(MediaKind::Document, b"alert(1)", called).unwrap();
        assert_eq!(kept, "application/octet-stream", "{called}");
    }
    assert_eq!(kept_as(MediaKind::Document, b"\x7fELF\x02", "application/pdf"), Err(Unfit::NotAllowed));
    assert_eq!(kept_as(MediaKind::Document, b"MZ\x90\0", "text/plain"), Err(Unfit::NotAllowed));
    assert_eq!(kept_as(MediaKind::Image, b"%PDF-1.7", "image/png"), Err(Unfit::NotAllowed));
    assert!(!is_shown("image/svg+xml") && !is_shown("text/html") && !is_shown("application/octet-stream"));
}

#[test]
fn other_bytes_than_announced_are_not_kept() {
    let fits = |announced: Announced| fit(MediaKind::Image, &announced, &came(JPEG));
    let same = Announced { sha256: vec![FileHash([7; 32])], size_bytes: Some(10), ..Announced::default() };
    assert!(fits(same.clone()).is_ok());
    assert_eq!(fits(Announced { size_bytes: Some(11), ..same.clone() }), Err(Unfit::OtherBytes));
    let two = vec![FileHash([7; 32]), FileHash([8; 32])];
    assert_eq!(fits(Announced { sha256: two, ..same }), Err(Unfit::OtherBytes), "webhook and Graph must agree");
}

#[test]
fn sound_without_a_header_is_sound_and_text_is_not() {
    assert_eq!(sniff(&[0xff, 0xfb, 0x90, 0]).map(|found| found.mime_type), Some("audio/mpeg"));
    assert_eq!(sniff(&[0xff, 0xf1, 0x50, 0]).map(|found| found.mime_type), Some("audio/aac"));
    // UTF-16 with its mark.
    assert_eq!(sniff(&[0xff, 0xfe, b'a', 0]), None);
    assert_eq!(
        sniff(b"MZ is how a letter may begin, with more than enough words after it to see.").map(|f| f.family),
        None
    );
    assert_eq!(sniff(b""), None);
}

#[test]
fn a_pdf_that_begins_with_a_line_break_or_a_byte_order_mark_is_a_pdf() {
    for head in [b"\n%PDF-1.4".as_slice(), b"\r\n%PDF-1.4", b"\xef\xbb\xbf%PDF-1.4", b"\xef\xbb\xbf\r\n%PDF-1.4"] {
        assert_eq!(kept_as(MediaKind::Document, head, "application/pdf").as_deref(), Ok("application/pdf"), "{head:?}");
    }
    assert_eq!(sniff(b"a%PDF-1.4").map(|found| found.family), None);
}

#[test]
fn matroska_is_no_webm_and_only_saved() {
    let header = |doc_type: &[u8]| {
        let mut head = b"\x1a\x45\xdf\xa3\x93\x42\x86\x81\x01\x42\x82".to_vec();
        head.push(0x80 | doc_type.len() as u8);
        head.extend(doc_type);
        head
    };
    assert_eq!(kept_as(MediaKind::Video, &header(b"webm"), "video/webm").as_deref(), Ok("video/webm"));
    for kind in [MediaKind::Video, MediaKind::Audio, MediaKind::Document] {
        let kept = kept_as(kind, &header(b"matroska"), "video/webm").unwrap();
        assert!(kept.ends_with("/x-matroska") && !is_shown(&kept), "{kept}");
    }
    assert_eq!(kept_as(MediaKind::Image, &header(b"matroska"), "image/png"), Err(Unfit::NotAllowed));
}

#[test]
fn a_hash_is_read_as_it_is_written() {
    let hash = FileHash(std::array::from_fn(|place| place as u8 * 8));
    assert_eq!(hash.to_string().parse(), Ok(hash));
    for wrong in ["", "00", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
        assert_eq!(wrong.parse::<FileHash>(), Err(NoHash), "{wrong}");
    }
}

#[test]
fn every_failure_is_known_by_its_name() {
    for failure in MediaFailure::ALL {
        assert_eq!(MediaFailure::named(failure.name()), Some(failure));
    }
}

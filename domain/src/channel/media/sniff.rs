//! What a file is, told by its first bytes: names and declarations are other people's words.

/// As much of a file's beginning as [`sniff`] looks at, in bytes.
pub const HEAD: usize = 512;

/// What kind of thing a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    Image,
    Audio,
    Video,
    /// A film that no browser plays.
    Matroska,
    Pdf,
    /// A container of anything: office documents are archives.
    Archive,
    /// What a browser would run, or read as markup.
    Markup,
    /// What a machine would run.
    Program,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub family: Family,
    pub mime_type: &'static str,
}

const fn found(family: Family, mime_type: &'static str) -> Found {
    Found { family, mime_type }
}

/// What begins like this; nothing for what we do not know, which is most of what there is.
pub fn sniff(head: &[u8]) -> Option<Found> {
    use Family::{Archive, Audio, Image, Pdf, Program, Video};
    let at = |place: usize, bytes: &[u8]| head.get(place..).is_some_and(|rest| rest.starts_with(bytes));
    Some(match head {
        [0xff, 0xd8, 0xff, ..] => found(Image, "image/jpeg"),
        _ if at(0, b"\x89PNG\r\n\x1a\n") => found(Image, "image/png"),
        _ if at(0, b"GIF87a") || at(0, b"GIF89a") => found(Image, "image/gif"),
        _ if at(0, b"RIFF") && at(8, b"WEBP") => found(Image, "image/webp"),
        _ if at(0, b"RIFF") && at(8, b"WAVE") => found(Audio, "audio/wav"),
        // Two letters are few: the sizes of the known headers go with them.
        _ if at(0, b"BM") && [12, 40, 52, 56, 108, 124].iter().any(|size| at(14, &[*size, 0, 0, 0])) => {
            found(Image, "image/bmp")
        }
        _ if at(0, b"OggS") => found(Audio, "audio/ogg"),
        _ if at(0, b"#!AMR") => found(Audio, "audio/amr"),
        _ if at(0, b"ID3") => found(Audio, "audio/mpeg"),
        _ if at(4, b"ftypM4A") || at(4, b"ftypM4B") => found(Audio, "audio/mp4"),
        _ if at(4, b"ftyp3g") => found(Video, "video/3gpp"),
        _ if at(4, b"ftypheic") || at(4, b"ftypmif1") => found(Image, "image/heic"),
        _ if at(4, b"ftypavif") => found(Image, "image/avif"),
        _ if at(4, b"ftyp") => found(Video, "video/mp4"),
        _ if at(0, b"\x1a\x45\xdf\xa3") => matroska(head),
        _ if without_preamble(head).starts_with(b"%PDF-") => found(Pdf, "application/pdf"),
        _ if at(0, b"PK\x03\x04") || at(0, b"PK\x05\x06") => found(Archive, "application/zip"),
        _ if at(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => found(Archive, "application/x-ole-storage"),
        _ if at(0, b"Rar!\x1a\x07") || at(0, b"7z\xbc\xaf\x27\x1c") || at(0, b"\x1f\x8b") => {
            found(Archive, "application/x-archive")
        }
        _ if at(0, b"\x7fELF") || at(0, b"\xcf\xfa\xed\xfe") || at(0, b"\xca\xfe\xba\xbe") => {
            found(Program, "application/x-executable")
        }
        _ if at(0, b"MZ") && is_windows_program(head) => found(Program, "application/x-msdownload"),
        // Frames of sound without any header before them: eleven bits that are set, then a layer that exists.
        [0xff, second, ..] if second & 0xf6 == 0xf0 => found(Audio, "audio/aac"),
        [0xff, second, third, ..]
            if second & 0xe0 == 0xe0
                && matches!(second & 0x06, 2 | 4)
                && third & 0xf0 != 0xf0
                && third & 0x0c != 0x0c =>
        {
            found(Audio, "audio/mpeg")
        }
        _ => return markup(head),
    })
}

/// The container of `WebM` and of Matroska: its header says for which it was made, and browsers play the first alone.
fn matroska(head: &[u8]) -> Found {
    const DOC_TYPE: [u8; 2] = [0x42, 0x82];
    let webm = head.windows(7).any(|window| window.starts_with(&DOC_TYPE) && window[3..].starts_with(b"webm"));
    if webm { found(Family::Video, "video/webm") } else { found(Family::Matroska, "video/x-matroska") }
}

/// A byte order mark and line breaks, which some programs write before their document.
fn without_preamble(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start()
}

/// The old header names where the new one begins, which lies within our sight in whatever a linker makes.
fn is_windows_program(head: &[u8]) -> bool {
    let Some(place) = head.get(60..64) else { return true };
    let place = u32::from_le_bytes([place[0], place[1], place[2], place[3]]) as usize;
    let new = head.get(place..place.saturating_add(2));
    place < 4_096 && new.is_none_or(|mark| mark == b"PE" || mark == b"NE" || mark == b"LE")
}

fn markup(head: &[u8]) -> Option<Found> {
    const OPENINGS: [(&str, &str); 12] = [
        ("<!doctype html", "text/html"),
        ("<html", "text/html"),
        ("<head", "text/html"),
        ("<body", "text/html"),
        ("<script", "text/html"),
        ("<iframe", "text/html"),
        ("<!--", "text/html"),
        ("<a ", "text/html"),
        ("<img", "text/html"),
        ("<svg", "image/svg+xml"),
        ("<!doctype svg", "image/svg+xml"),
        ("<?xml", "text/xml"),
    ];
    let text = without_preamble(head);
    let opening = String::from_utf8_lossy(&text[..text.len().min(16)]).to_ascii_lowercase();
    let (_, mime_type) = OPENINGS.iter().find(|(begins, _)| opening.starts_with(begins))?;
    Some(found(Family::Markup, mime_type))
}

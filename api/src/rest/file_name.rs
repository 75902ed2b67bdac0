//! The name a file is saved under: the sender's, without what would surprise a file system or a reader.

use dashoffice_domain::channel::media::is_shown;
use dashoffice_domain::conversation::content::Media;
use dashoffice_domain::ids::MessageId;
use std::fmt::Write as _;

/// In characters.
const LONGEST: usize = 120;

/// The header that says whether a browser shows a file where it stands, and what it is called.
pub(super) fn disposition(media: &Media, message: MessageId, mime_type: &str) -> String {
    let name = name(media, message, mime_type);
    let how = if is_shown(mime_type) { "inline" } else { "attachment" };
    let plain: String = name.chars().map(|c| if c.is_ascii() { c } else { '_' }).collect();
    let mut header = format!("{how}; filename=\"{plain}\"");
    if plain != name {
        header.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
                header.push(char::from(byte));
            } else {
                write!(header, "%{byte:02X}").expect("a string takes what is written to it");
            }
        }
    }
    header
}

fn name(media: &Media, message: MessageId, mime_type: &str) -> String {
    let given = media.filename.as_deref().map(harmless).unwrap_or_default();
    if !given.is_empty() {
        return given;
    }
    let id = message.0.simple().to_string();
    // What we could not find out it may still be called: nothing here is run by opening it.
    let called = media.mime_type.as_deref().and_then(|called| called.split(';').next()).unwrap_or_default().trim();
    let ending = ending(mime_type).or_else(|| ending(&called.to_ascii_lowercase())).unwrap_or("bin");
    format!("{}-{}.{ending}", media.kind.name(), &id[id.len() - 8..])
}

/// No folders, no quotes, no control over anybody's terminal or the direction of writing, and no hidden file.
fn harmless(name: &str) -> String {
    let is_hostile = |c: char| {
        c.is_control()
            || "/\\:*?\"<>|%;".contains(c)
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let clean: String = name.chars().map(|c| if is_hostile(c) { '_' } else { c }).collect();
    let clean = clean.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    let count = clean.chars().count();
    if count <= LONGEST {
        return clean.to_owned();
    }
    // The ending says what it is.
    let (head, tail) = (LONGEST - 20, count - 20);
    clean.chars().take(head).chain(clean.chars().skip(tail)).collect()
}

/// The ending that people know a type by. By hand: libraries name pictures `.jfif` and songs `.m2a`, and programs by what runs them.
fn ending(mime_type: &str) -> Option<&'static str> {
    Some(match mime_type {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/bmp" => "bmp",
        "audio/ogg" => "ogg",
        "audio/amr" => "amr",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/aac" => "aac",
        "audio/wav" => "wav",
        "video/mp4" => "mp4",
        "video/3gpp" => "3gp",
        "video/webm" => "webm",
        "image/heic" => "heic",
        "image/avif" => "avif",
        "audio/3gpp" => "3gp",
        "audio/webm" => "weba",
        "audio/x-matroska" => "mka",
        "video/x-matroska" => "mkv",
        "video/quicktime" => "mov",
        "application/pdf" => "pdf",
        "application/msword" => "doc",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.ms-powerpoint" => "ppt",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "application/vnd.oasis.opendocument.text" => "odt",
        "application/vnd.oasis.opendocument.spreadsheet" => "ods",
        "application/vnd.oasis.opendocument.presentation" => "odp",
        "application/rtf" | "text/rtf" => "rtf",
        "application/epub+zip" => "epub",
        "application/zip" | "application/x-zip-compressed" => "zip",
        "application/vnd.rar" | "application/x-rar-compressed" | "application/x-rar" => "rar",
        "application/x-7z-compressed" => "7z",
        "application/gzip" | "application/x-gzip" => "gz",
        "application/json" => "json",
        "application/xml" | "text/xml" => "xml",
        "text/plain" => "txt",
        "text/csv" => "csv",
        "text/calendar" => "ics",
        "text/vcard" | "text/x-vcard" => "vcf",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashoffice_domain::conversation::content::MediaKind;
    use uuid::Uuid;

    fn header(filename: Option<&str>, mime_type: &str) -> String {
        let media = Media {
            kind: MediaKind::Document,
            provider_media_id: None,
            link: None,
            mime_type: None,
            sha256: None,
            caption: None,
            filename: filename.map(str::to_owned),
            voice: false,
            animated: false,
        };
        disposition(&media, MessageId(Uuid::from_u128(0xabcd)), mime_type)
    }

    #[test]
    fn a_name_cannot_leave_its_folder_or_its_header() {
        assert_eq!(header(Some("../../etc/passwd"), "text/plain"), "attachment; filename=\"_.._etc_passwd\"");
        assert_eq!(header(Some("a\"\r\nSet-Cookie: x"), "text/html"), "attachment; filename=\"a___Set-Cookie_ x\"");
        let turned = header(Some("gnp.\u{202e}exe"), "application/octet-stream");
        assert_eq!(turned, "attachment; filename=\"gnp._exe\"");
        assert!(header(Some(&"é".repeat(5_000)), "application/pdf").len() < 1_500);
    }

    #[test]
    fn names_keep_their_letters_and_files_without_one_are_named_by_what_they_are() {
        assert_eq!(
            header(Some("nota fiscal ção.pdf"), "application/pdf"),
            "inline; filename=\"nota fiscal __o.pdf\"; filename*=UTF-8''nota%20fiscal%20%C3%A7%C3%A3o.pdf"
        );
        assert_eq!(header(None, "application/pdf"), "inline; filename=\"document-0000abcd.pdf\"");
        assert_eq!(header(Some("..."), "text/html"), "attachment; filename=\"document-0000abcd.bin\"");
    }

    #[test]
    fn a_document_without_a_name_gets_the_ending_of_its_type() {
        let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        for (kept, called, wanted) in [
            (sheet, None, "xlsx"),
            ("image/jpeg", None, "jpg"),
            ("audio/mpeg", None, "mp3"),
            ("audio/ogg", None, "ogg"),
            ("application/octet-stream", Some("text/vcard; charset=utf-8"), "vcf"),
            ("application/octet-stream", Some("text/html"), "bin"),
            ("application/x-msdownload", Some("application/x-msdownload"), "bin"),
        ] {
            let mut media = Media::by_link(MediaKind::Document, String::new(), None, None);
            media.mime_type = called.map(str::to_owned);
            let name = name(&media, MessageId(Uuid::from_u128(0xabcd)), kept);
            assert_eq!(name, format!("document-0000abcd.{wanted}"), "{kept}");
        }
    }
}

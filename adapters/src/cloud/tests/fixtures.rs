//! Payloads collected from others, where their folder exists: each is split and read as expected.

use super::super::decode::decode;
use super::super::split::split;
use dashoffice_domain::item::Said;
use dashoffice_domain::ports::{Piece, Reading};
use std::path::Path;

/// Name and bytes of each file; nothing where the folder is not there.
fn fixtures(folder: &str) -> Vec<(String, Vec<u8>)> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in its workspace");
    let Ok(files) = std::fs::read_dir(workspace.join("../shared/fixtures").join(folder)) else {
        return Vec::new();
    };
    let mut read: Vec<(String, Vec<u8>)> = files
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().to_string_lossy().into_owned(), std::fs::read(file.path()).unwrap()))
        .collect();
    read.sort();
    read
}

fn said(what: &Said) -> String {
    match what {
        Said::Message { content } => content.kind().to_owned(),
        Said::Notice { content } => format!("notice {}", content.kind()),
        Said::Reaction { .. } => "reaction".to_owned(),
        Said::Edit { .. } | Said::EditAlone { .. } => "edit".to_owned(),
        Said::Revoke { .. } => "revoke".to_owned(),
        Said::Echo { what } => format!("echo {}", said(what)),
    }
}

/// What each collected body comes to, by the first words of its file's name.
fn summary(piece: &Piece) -> String {
    match piece {
        Piece::Status(status) => format!("status {}", status.status.name()),
        Piece::Other { what, .. } => format!("other {what}"),
        Piece::News { kind, .. } => format!("news {kind}"),
        Piece::Marketing { choice, .. } => format!("marketing {}", choice.wants.name()),
        Piece::Item { raw, .. } => match decode(raw) {
            Reading::Understood(inbound) => said(&inbound.what),
            Reading::Partly(inbound) => match inbound.what {
                Said::Message { content } => format!("partly {}", content.kind()),
                other => panic!("only messages are shown in part: {other:?}"),
            },
            Reading::Unreadable { reason } => format!("unreadable: {reason}"),
        },
    }
}

/// What the file with this name should come to.
fn wanted(name: &str) -> &'static str {
    const TABLE: &[(&str, &str)] = &[
        ("echo_smb_text", "echo text"),
        ("echo_smb_edit", "echo edit"),
        ("echo_smb_revoke", "echo revoke"),
        ("field_account_update", "news account_update"),
        ("field_calls", "other calls"),
        ("field_phone_number_name", "news phone_number_name_update"),
        ("field_phone_number_quality", "news phone_number_quality_update"),
        ("field_template_quality", "news message_template_quality_update"),
        ("field_template_status", "news message_template_status_update"),
        ("field_user_preferences", "marketing resume, news user_preferences"),
        ("msg_audio", "audio"),
        ("msg_contacts", "contacts"),
        ("msg_document", "document"),
        ("msg_edit", "edit"),
        ("msg_flow", "form"),
        ("msg_image", "image"),
        ("msg_interactive_body_missing", "partly unsupported"),
        ("msg_interactive_call_permission", "system"),
        ("msg_interactive", "choice"),
        ("msg_location", "location"),
        ("msg_order", "order"),
        ("msg_reaction", "reaction"),
        ("msg_revoke", "revoke"),
        ("msg_sticker", "sticker"),
        ("msg_system", "notice system"),
        ("msg_template", "choice"),
        ("msg_text", "text"),
        ("msg_unsupported", "partly unsupported"),
        ("msg_video", "video"),
        ("msg_voice", "audio"),
        ("status_call", "other calls"),
        ("status_delivered", "status delivered"),
        ("status_failed", "status failed"),
        ("status_played", "status played"),
        ("status_read", "status read"),
        ("status_sent", "status sent"),
    ];
    TABLE.iter().find(|(start, _)| name.starts_with(start)).map_or("a line in this table", |(_, wanted)| wanted)
}

#[test]
fn a1_every_collected_body_is_split_and_read() {
    for (name, bytes) in fixtures("meta_cloud") {
        let pieces = split(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let told: Vec<_> = pieces.iter().map(summary).collect();
        assert_eq!(told.join(", "), wanted(&name), "{name}");
    }
}

#[test]
fn collected_answers_of_graph_are_judged() {
    use super::super::answer::judge;
    use dashoffice_domain::channel::outgoing::Posted;
    for (name, bytes) in fixtures("meta_cloud_outbound") {
        let judged = judge(if name.starts_with("error") { 400 } else { 200 }, &bytes);
        match name.as_str() {
            "send_response_ok.json" => assert!(matches!(judged, Posted::Accepted { .. }), "{judged:?}"),
            "error_object_not_found.json" => assert!(matches!(judged, Posted::ChannelStopped { .. }), "{judged:?}"),
            "error_request_code.json" => assert!(matches!(judged, Posted::Refused { .. }), "{judged:?}"),
            // Bodies of requests are no answers.
            _ => assert_eq!(judged, Posted::Unknown, "{name}"),
        }
    }
}

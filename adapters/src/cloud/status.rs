//! How far a message of ours got, as Meta reports it.

use super::error::{self, Then};
use super::names;
use crate::lenient_json::{Node, read as read_leniently};
use dashoffice_domain::channel::number::StopReason;
use dashoffice_domain::channel::outgoing::SendError;
use dashoffice_domain::channel::pricing::Pricing;
use dashoffice_domain::conversation::message::Status;
use dashoffice_domain::ids::MessageId;
use dashoffice_domain::ports::PieceStatus;

/// Reads one raw status; `Err` names what it is instead.
///
/// In groups every participant reports for the same id: the first to receive or read it moves the message on, while a
/// failure for one of many is no failure of the message. A time that cannot be read is 1970: the status counts all the same.
pub(super) fn read(raw: &str, number: Option<&str>) -> Result<PieceStatus, String> {
    let read = read_leniently(raw).ok_or("status")?;
    let node = Node::of(&read.value);
    let id = names::id(node.get("id").text()).ok_or("status without an id")?;
    if node.get("type").text().as_deref() == Some("call") || id.starts_with("wacid.") {
        return Err("call status".to_owned());
    }
    // How a payment goes: it says nothing of how far its message got.
    if node.get("type").text().as_deref() == Some("payment") {
        return Err("payment status".to_owned());
    }
    let name = node.get("status").text().unwrap_or_default();
    let status = known(&name).ok_or_else(|| format!("status:{name}"))?;
    let of_one_of_many = node.get("recipient_participant_id").text().is_some()
        || node.get("recipient_participant_user_id").text().is_some();
    if of_one_of_many && status == Status::Failed {
        return Err("status:failed for one of a group".to_owned());
    }
    let failed = (status == Status::Failed).then(|| node.get("errors")).and_then(failure);
    Ok(PieceStatus {
        number_ref: number.ok_or("status without a number")?.to_owned(),
        provider_message_id: id,
        message: node.get("biz_opaque_callback_data").text().and_then(|id| id.parse::<MessageId>().ok()),
        status,
        at: node.get("timestamp").time().unwrap_or_default(),
        stops: failed.as_ref().and_then(|(_, stops)| *stops),
        error: failed.map(|(error, _)| error),
        pricing: pricing(node.get("pricing")),
        // In a group it is one of many, and the thread is nobody's alone.
        recipient: if of_one_of_many || node.get("recipient_type").text().as_deref() == Some("group") {
            None
        } else {
            node.get("recipient_user_id").text().and_then(|id| names::scoped_user(&id))
        },
    })
}

/// Of Meta's alphabet what moves a message on; `deleted`, `warning` and the words of calls do not.
fn known(name: &str) -> Option<Status> {
    match name {
        "sent" => Some(Status::Sent),
        "delivered" => Some(Status::Delivered),
        "read" => Some(Status::Read),
        "played" => Some(Status::Played),
        "failed" => Some(Status::Failed),
        _ => None,
    }
}

/// Why it failed. Of several errors the first counts that is about the number or its account, else the first.
fn failure(errors: Node<'_>) -> Option<(SendError, Option<StopReason>)> {
    let told = errors.items().filter_map(|given| {
        let code = given.get("code").integer()?;
        let fault = error::fault_with(code, given.get("error_subcode").integer());
        let stops = match fault.then {
            Then::Stop { reason } => Some(reason),
            Then::Again { .. } | Then::Slow { .. } | Then::Never | Then::ByStatus => None,
        };
        Some((fault.told_by(code, given), stops))
    });
    let told: Vec<_> = told.collect();
    told.iter().find(|(_, stops)| stops.is_some()).or_else(|| told.first()).cloned()
}

/// Names of Meta's, short as they are; what is longer is none.
const LONGEST_NAME: usize = 64;

fn pricing(given: Node<'_>) -> Option<Pricing> {
    let name = |name: &str| given.get(name).filled().filter(|name| name.len() <= LONGEST_NAME);
    let pricing = Pricing {
        billable: given.get("billable").maybe_flag(),
        model: name("pricing_model"),
        kind: name("type"),
        category: name("category"),
    };
    (pricing != Pricing::default()).then_some(pricing)
}

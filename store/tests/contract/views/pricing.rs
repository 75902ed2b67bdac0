//! What a message costs, as the statuses say it.

use super::for_both_databases;
use crate::desk::*;
use dashoffice_domain::Row;
use dashoffice_domain::channel;
use dashoffice_domain::channel::outgoing::StatusNews;
use dashoffice_domain::channel::pricing::Pricing;
use dashoffice_domain::conversation::message::Status;
use dashoffice_store::views::Visibility;

for_both_databases!(
    a_message_keeps_what_it_costs_whichever_status_says_it,
    what_a_message_costs_is_known_also_where_its_status_came_first,
);

fn costs(billable: bool, category: &str) -> Pricing {
    let name = |name: &str| Some(name.to_owned());
    Pricing { billable: Some(billable), model: name("PMP"), kind: name("regular"), category: name(category) }
}

async fn a_message_keeps_what_it_costs_whichever_status_says_it(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let scope = desk.scope().await;
    let message = desk.sending(thread, conversation).await;
    let pricing = async || desk.store().message(scope, Visibility::All, message).await.unwrap().what.unwrap().pricing;
    let tell = async |status, pricing| {
        desk.accept(statuses(vec![StatusNews { pricing, ..news("wamid.1", Some(message), status) }])).await;
    };
    tell(Status::Delivered, None).await;
    assert_eq!(pricing().await, None);
    tell(Status::Sent, Some(costs(true, "utility"))).await;
    assert_eq!(pricing().await, Some(costs(true, "utility")), "one that came late says it all the same");
    tell(Status::Read, Some(costs(false, "service"))).await;
    assert_eq!(pricing().await, Some(costs(false, "service")), "a later word counts");
    tell(Status::Sent, Some(costs(true, "utility"))).await;
    assert_eq!(pricing().await, Some(costs(false, "service")), "an older one does not");
    tell(Status::Read, Some(Pricing { category: Some("marketing".into()), ..Pricing::default() })).await;
    assert_eq!(pricing().await, Some(costs(false, "marketing")), "what is not said stays");
}

async fn what_a_message_costs_is_known_also_where_its_status_came_first(desk: Desk) {
    let (thread, conversation) = desk.thread("5511").await;
    let scope = desk.scope().await;
    let message = desk.sending(thread, conversation).await;
    let pricing = Some(costs(true, "marketing"));
    desk.accept(statuses(vec![StatusNews { pricing: pricing.clone(), ..news("wamid.1", None, Status::Sent) }])).await;
    desk.accept(statuses(vec![news("wamid.1", None, Status::Delivered)])).await;
    let ended = Row::Channel(channel::Row::SendEnded {
        message,
        status: Status::Sent,
        provider_message_id: Some("wamid.1".into()),
        error: None,
    });
    desk.committed(desk.message_commit(message, vec![ended])).await;
    let view = desk.store().message(scope, Visibility::All, message).await.unwrap().what.unwrap();
    assert_eq!((view.row.status, view.pricing), (Status::Delivered, pricing));
}

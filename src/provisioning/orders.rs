//! What must be written so that the store is as the file declares it: nothing, the second time.

use super::declared::{App, Company, Number, Queue, User};
use dashoffice_domain::ids::{AgentId, QueueId, UserId};
use dashoffice_domain::ports::{ChannelCredentials, NumberRow, Secret};
use dashoffice_domain::routing::{DEFAULT_CAPACITY, QueueSettings};
use dashoffice_store::{Provision, UserDraft};
use std::collections::BTreeMap;

/// The hashes that users are to have: of those whose password is declared, and of those who are new.
pub(super) type Hashes = BTreeMap<UserId, Secret>;

/// What is to be written for a company where `there` is set up, in an order in which it can be; or everything that is missing.
pub(super) fn orders(company: &Company, there: &[Provision], hashes: &Hashes) -> Result<Vec<Provision>, Vec<String>> {
    let mut wanted = vec![Ok(Provision::Tenant { id: company.id, name: company.name.clone() })];
    wanted.extend(company.apps.iter().map(|one| app(company, one, there)));
    wanted.extend(company.users.iter().map(|one| user(company, one, there, hashes)));
    wanted.extend(company.users.iter().filter_map(|one| agent(company, one, there)).map(Ok));
    wanted.extend(queues(company, there).into_iter().map(Ok));
    wanted.extend(company.numbers.iter().map(|one| number(company, one, there)));
    let (mut orders, mut problems) = (Vec::new(), Vec::new());
    for order in wanted {
        match order {
            Ok(order) if there.contains(&order) => {}
            Ok(order) => orders.push(order),
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(orders)
}

/// What a new thing cannot do without.
fn needed<T>(given: Option<T>, at: &str, field: &str) -> Result<T, String> {
    given.ok_or_else(|| format!("{at}: it is not there yet, so it needs {field}"))
}

fn app(company: &Company, app: &App, there: &[Provision]) -> Result<Provision, String> {
    let before = there.iter().find_map(|order| match order {
        Provision::App { id, app_secret, verify_token, url_token, .. } if *id == app.id => {
            Some([app_secret, verify_token, url_token].map(Clone::clone))
        }
        _ => None,
    });
    let [app_secret, verify_token, url_token] = match before {
        Some(before) => before.map(Some),
        None => [None, None, None],
    };
    Ok(Provision::App {
        tenant: company.id,
        id: app.id,
        provider: app.provider.clone(),
        app_secret: needed(app.secret.clone().or(app_secret), &app.at, "app_secret_file")?,
        verify_token: needed(app.verify_token.clone().or(verify_token), &app.at, "verify_token_file")?,
        url_token: needed(app.url_token.clone().or(url_token), &app.at, "url_token_file")?,
    })
}

fn number(company: &Company, number: &Number, there: &[Provision]) -> Result<Provision, String> {
    let before = there.iter().find_map(|order| match order {
        Provision::Number { number: before, .. } if before.id == number.id => Some(before),
        _ => None,
    });
    let kept = |field: fn(&NumberRow) -> Option<String>| before.and_then(field);
    let access_token = before.map(|before| before.line.access_token.clone());
    let row = NumberRow {
        id: number.id,
        provider: number.provider.clone(),
        display_name: number.name.clone(),
        display_phone_number: number
            .shown_as
            .clone()
            .or_else(|| kept(|before| Some(before.display_phone_number.clone())))
            .unwrap_or_default(),
        queue: number.queue,
        line: ChannelCredentials {
            provider_ref: number.provider_ref.clone(),
            access_token: needed(number.access_token.clone().or(access_token), &number.at, "access_token_file")?,
            api_base: number.api_base.clone().or_else(|| kept(|before| before.line.api_base.clone())),
            marketing_messages: number
                .marketing_messages
                .unwrap_or_else(|| before.is_some_and(|before| before.line.marketing_messages)),
        },
        account_ref: number.account_ref.clone().or_else(|| kept(|before| before.account_ref.clone())),
    };
    Ok(Provision::Number { tenant: company.id, app: number.app, number: row })
}

fn user(company: &Company, user: &User, there: &[Provision], hashes: &Hashes) -> Result<Provision, String> {
    let before = there.iter().find_map(|order| match order {
        Provision::User { user: before, .. } if before.id == user.id => Some(before),
        _ => None,
    });
    let password_hash = hashes.get(&user.id).or_else(|| before.map(|before| &before.password_hash));
    let draft = UserDraft {
        id: user.id,
        email: user.email.clone(),
        name: user.name.clone(),
        role: user.role.clone(),
        password_hash: needed(password_hash.cloned(), &user.at, "a password")?,
        active: user.active.unwrap_or_else(|| before.is_none_or(|before| before.active)),
        language: user.language.clone().or_else(|| before.and_then(|before| before.language.clone())),
    };
    Ok(Provision::User { tenant: company.id, user: draft })
}

/// Their place in the routing, for those who take chats; nobody who has one loses it.
fn agent(company: &Company, user: &User, there: &[Provision]) -> Option<Provision> {
    let id = AgentId(user.id.0);
    let before = there.iter().find_map(|order| match order {
        Provision::Agent { id: before, capacity_units, .. } if *before == id => Some(*capacity_units),
        _ => None,
    });
    let is_member = company.queues.iter().any(|queue| queue.members.iter().flatten().any(|member| *member == user.id));
    if before.is_none() && !user.takes_chats(is_member) {
        return None;
    }
    let capacity_units = user.capacity_units.or(before).unwrap_or(DEFAULT_CAPACITY);
    Some(Provision::Agent { tenant: company.id, id, capacity_units })
}

/// Every queue of the company, those that the file does not name among them: its people may be named to leave them.
fn queues(company: &Company, there: &[Provision]) -> Vec<Provision> {
    let mut all: BTreeMap<QueueId, QueueSettings> = there
        .iter()
        .filter_map(|order| match order {
            Provision::Queue { settings, .. } => Some((settings.id, settings.clone())),
            _ => None,
        })
        .collect();
    for queue in &company.queues {
        let settings = all.entry(queue.id).or_insert_with(|| QueueSettings::usual(queue.id, ""));
        declared(settings, queue);
    }
    for user in &company.users {
        let Some(wanted) = &user.queues else { continue };
        for (id, settings) in &mut all {
            let agent = AgentId(user.id.0);
            if wanted.contains(id) {
                settings.members.insert(agent);
            } else {
                settings.members.remove(&agent);
            }
        }
    }
    all.into_values().map(|settings| Provision::Queue { tenant: company.id, settings }).collect()
}

fn declared(settings: &mut QueueSettings, queue: &Queue) {
    settings.name.clone_from(&queue.name);
    settings.strategy = queue.strategy.unwrap_or(settings.strategy);
    settings.accept = queue.accept.unwrap_or(settings.accept);
    settings.typing_us = queue.typing.or(settings.typing_us);
    settings.on_disconnect = queue.on_disconnect.unwrap_or(settings.on_disconnect);
    settings.grace_us = queue.grace.unwrap_or(settings.grace_us);
    if let Some(members) = &queue.members {
        settings.members = members.iter().map(|member| AgentId(member.0)).collect();
    }
}

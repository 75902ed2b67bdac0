//! Sets the company up in the store: tenant, queue, people, app and number. Doing so twice changes nothing.

use super::card::Card;
use super::cast::{self, AGENTS_IN_ALL, COMPANY, Person};
use super::play::Play;
use anyhow::{Context, Result};
use dashoffice_adapters::cloud::PROVIDER;
use dashoffice_api::auth::{Passwords, SecureRandom};
use dashoffice_domain::ports::{ChannelCredentials, NumberRow, Secret};
use dashoffice_domain::routing::{DEFAULT_CAPACITY, QueueSettings};
use dashoffice_store::{Provision, Store, UserDraft};
use std::sync::Arc;

/// Whether this store has held the demo's company before.
pub(super) async fn stands(store: &Store) -> Result<bool> {
    let tenants = store.tenants().await.context("cannot look for the demo's company")?;
    Ok(tenants.iter().any(|scope| scope.tenant() == cast::tenant()))
}

/// The company and its people, with the passwords of the card.
pub(super) async fn people(store: &Store, card: &Card) -> Result<()> {
    let tenant = cast::tenant();
    let people = cast::people();
    let members = people.iter().filter_map(Person::agent).collect();
    debug_assert_eq!(people.len(), AGENTS_IN_ALL + 2, "an administrator, a supervisor and the agents");
    let settings = QueueSettings { members, ..QueueSettings::usual(cast::queue(), "Atendimento") };
    set_up(store, Provision::Queue { tenant, settings }).await?;
    let passwords = Passwords::new(Arc::new(SecureRandom::from_system()));
    for (person, user) in people.into_iter().zip(&card.users) {
        let password_hash = passwords.hash(Secret(user.password.clone())).await.context("cannot hash a password")?;
        if let Some(id) = person.agent() {
            set_up(store, Provision::Agent { tenant, id, capacity_units: DEFAULT_CAPACITY }).await?;
        }
        let user = UserDraft {
            id: person.id,
            email: person.email,
            name: person.name.to_owned(),
            role: person.role,
            password_hash,
            active: true,
            language: Some(person.language.to_owned()),
        };
        set_up(store, Provision::User { tenant, user }).await?;
    }
    // Last: a company that is there is complete.
    set_up(store, Provision::Tenant { id: tenant, name: COMPANY.to_owned() }).await
}

/// The number, and where WhatsApp is played this time.
pub(super) async fn number(store: &Store, play: &Play, graph_url: &str) -> Result<()> {
    let tenant = cast::tenant();
    let settings = &play.settings;
    let app = Provision::App {
        tenant,
        id: cast::app(),
        provider: PROVIDER.to_owned(),
        app_secret: Secret(settings.app_secret.clone()),
        verify_token: Secret(settings.verify_token.clone()),
        url_token: Secret(play.url_token.clone()),
    };
    set_up(store, app).await?;
    let number = NumberRow {
        id: cast::number(),
        provider: PROVIDER.to_owned(),
        display_name: COMPANY.to_owned(),
        display_phone_number: settings.display_phone_number.clone(),
        queue: cast::queue(),
        line: ChannelCredentials {
            provider_ref: settings.phone_number_id.clone(),
            access_token: Secret(settings.access_token.clone()),
            api_base: Some(graph_url.to_owned()),
            marketing_messages: false,
        },
        account_ref: Some(settings.account_id.clone()),
    };
    set_up(store, Provision::Number { tenant, app: cast::app(), number }).await
}

async fn set_up(store: &Store, provision: Provision) -> Result<()> {
    store.provision(provision).await.context("cannot set the demo's company up")
}

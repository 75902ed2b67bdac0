//! Who works in the demo's company, under ids that are the same in every demo.

use dashoffice_domain::identity::Role;
use dashoffice_domain::ids::{AgentId, AppId, NumberId, QueueId, TenantId, UserId};
use uuid::Uuid;

/// Ids of a demo follow from this and a word (RFC 9562, version 5), so that setting up twice changes nothing.
const DEMO: Uuid = Uuid::from_u128(0x6b1f_0c5e_52a4_4f0b_9d0e_7a3c_21d8_44f1);

/// The company's name, as everybody sees it.
pub(super) const COMPANY: &str = "Loja Aurora";
/// Where their e-mail addresses end: a domain that belongs to nobody.
const DOMAIN: &str = "aurora.example";

/// Agents by first name, with the language of their console.
const AGENTS: [(&str, &str, &str); 20] = [
    ("ana", "Ana Ribeiro", "pt-BR"),
    ("benjamin", "Benjamín Soto", "es"),
    ("carla", "Carla Medina", "es"),
    ("davi", "Davi Moreira", "pt-BR"),
    ("emma", "Emma Clarke", "en"),
    ("fabio", "Fábio Teixeira", "pt-BR"),
    ("graciela", "Graciela Paz", "es"),
    ("helena", "Helena Barros", "pt-BR"),
    ("ignacio", "Ignacio Vera", "es"),
    ("julia", "Júlia Campos", "pt-BR"),
    ("kevin", "Kevin Walsh", "en"),
    ("laura", "Laura Quiroga", "es"),
    ("marcos", "Marcos Viana", "pt-BR"),
    ("natalia", "Natalia Ríos", "es"),
    ("otavio", "Otávio Leal", "pt-BR"),
    ("pilar", "Pilar Cáceres", "es"),
    ("rafael", "Rafael Pinto", "pt-BR"),
    ("sofia", "Sofía Aranda", "es"),
    ("thomas", "Thomas Reed", "en"),
    ("valeria", "Valeria Núñez", "es"),
];

/// How many agents there are.
pub(super) const AGENTS_IN_ALL: usize = AGENTS.len();

/// Somebody who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: UserId,
    pub(super) email: String,
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) language: &'static str,
}

impl Person {
    fn new((first, name, language): (&str, &'static str, &'static str), role: Role) -> Self {
        let email = format!("{first}@{DOMAIN}");
        Self { id: UserId(id(&format!("user {first}"))), email, name, role, language }
    }

    /// Their place in the routing; it has the id of the user.
    pub(super) fn agent(&self) -> Option<AgentId> {
        (self.role == Role::AGENT).then_some(AgentId(self.id.0))
    }
}

/// Everybody: the administrator, the supervisor, then the agents.
pub(super) fn people() -> Vec<Person> {
    let heads = [
        Person::new(("admin", "Alice Duarte", "pt-BR"), Role::ADMINISTRATOR),
        Person::new(("supervisor", "Santiago Prado", "es"), Role::SUPERVISOR),
    ];
    heads.into_iter().chain(AGENTS.map(|agent| Person::new(agent, Role::AGENT))).collect()
}

/// The agents who answer by themselves: the last `count`, so that the first ones are there to be played.
pub(super) fn automatic(count: usize) -> Vec<AgentId> {
    let agents: Vec<AgentId> = people().iter().filter_map(Person::agent).collect();
    agents[agents.len().saturating_sub(count)..].to_vec()
}

pub(super) fn tenant() -> TenantId {
    TenantId(id("tenant"))
}

pub(super) fn queue() -> QueueId {
    QueueId(id("queue"))
}

pub(super) fn app() -> AppId {
    AppId(id("app"))
}

pub(super) fn number() -> NumberId {
    NumberId(id("number"))
}

fn id(word: &str) -> Uuid {
    Uuid::new_v5(&DEMO, word.as_bytes())
}

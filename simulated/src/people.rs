//! The customers: made from the seed, with names and numbers that are nobody's.

use crate::chance::Chance;
use crate::config::Languages;
use crate::phrases::Language;
use std::collections::HashMap;

const FIRST_NAMES: [&str; 16] = [
    "Ana", "Bruno", "Camila", "Diego", "Elena", "Felipe", "Gabriela", "Hugo", "Inés", "João", "Karla", "Lucía",
    "Mateus", "Noemí", "Óscar", "Paula",
];
const LAST_NAMES: [&str; 12] = [
    "Almeida",
    "Benítez",
    "Castro",
    "Duarte",
    "Espinosa",
    "Figueiredo",
    "Gómez",
    "Herrera",
    "Ibáñez",
    "Jiménez",
    "Lopes",
    "Müller",
];

/// One customer.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// From 1.
    pub(crate) number: u32,
    /// Digits that begin with 55119: none for who has only a scoped id.
    pub(crate) phone: Option<String>,
    pub(crate) user_id: String,
    pub(crate) name: String,
    pub(crate) language: Language,
}

/// Of an address that is well formed: phones have digits alone.
pub(crate) fn is_user_id(address: &str) -> bool {
    address.contains('.')
}

/// All of them, found by number, phone or scoped id.
#[derive(Debug)]
pub(crate) struct People {
    all: Vec<Person>,
    by_address: HashMap<String, u32>,
}

impl People {
    pub(crate) fn new(count: u32, languages: Languages, phoneless_share: f64, chance: &Chance) -> Self {
        let mix = [(Language::Es, languages.es), (Language::Pt, languages.pt), (Language::En, languages.en)];
        let spoken: Vec<Language> =
            mix.iter().flat_map(|(language, parts)| vec![*language; (*parts).min(100) as usize]).collect();
        let spoken = if spoken.is_empty() { vec![Language::Es] } else { spoken };
        let all: Vec<Person> = (1..=count)
            .map(|number| Person {
                number,
                phone: (!chance.happens(phoneless_share)).then(|| format!("55119{number:08}")),
                user_id: format!("BR.9000{number:08}"),
                name: format!("{} {}", chance.one_of(&FIRST_NAMES), chance.one_of(&LAST_NAMES)),
                language: *chance.one_of(&spoken),
            })
            .collect();
        let addresses =
            |person: &Person| [person.phone.clone(), Some(person.user_id.clone())].map(|a| (a, person.number));
        let by_address =
            all.iter().flat_map(addresses).filter_map(|(address, number)| Some((address?, number))).collect();
        Self { all, by_address }
    }

    pub(crate) fn count(&self) -> u32 {
        self.all.len() as u32
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Person> {
        self.all.get((number as usize).checked_sub(1)?)
    }

    /// By phone digits or scoped id.
    pub(crate) fn at(&self, address: &str) -> Option<&Person> {
        self.by_address.get(address).and_then(|number| self.get(*number))
    }

    pub(crate) fn all(&self) -> &[Person] {
        &self.all
    }
}

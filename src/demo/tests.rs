//! The demo's card and cast; the whole of it runs in `tests/drill`.

use super::card::{Card, Played};
use super::cast;
use super::play::{Play, interval_ms};
use std::collections::BTreeSet;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const HERE: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);

fn played(dir: &Path) -> Play {
    Play::prepared(dir, SocketAddr::from(HERE), 6, true).unwrap()
}

fn at_graph() -> Played {
    Played { graph_url: "http://graph".to_owned(), control_url: "http://control".to_owned() }
}

fn remembered(dir: &Path, play: &Play) {
    super::card::write(&dir.join("simulated.json"), &play.settings).unwrap();
}

#[test]
fn a_second_start_keeps_passwords_secrets_and_free_ports() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = played(dir.path());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    first.settings.listen = port;
    remembered(dir.path(), &first);
    let card = Card::of(SocketAddr::from(HERE), &first, at_graph(), None);
    card.write(dir.path()).unwrap();

    let before = Card::read(dir.path()).unwrap().unwrap();
    let second = played(dir.path());
    let again = Card::of(SocketAddr::from(HERE), &second, at_graph(), Some(&before));
    assert!(again == card, "the card changed");
    assert_eq!(second.settings.listen, port);

    let _somebody_else = TcpListener::bind(port).unwrap();
    assert_eq!(played(dir.path()).settings.listen.port(), 0, "any port is better than none");
}

#[test]
fn a_card_says_where_whatsapp_is_played_what_it_wants_to_be_shown_and_where_it_is_told_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let play = played(dir.path());
    Card::of(SocketAddr::from(HERE), &play, at_graph(), None).write(dir.path()).unwrap();
    let file = dir.path().join("demo.json");
    let mut card: serde_json::Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!((&card["graph_url"], &card["control_url"]), (&"http://graph".into(), &"http://control".into()));
    assert_eq!(card["graph_token"], *play.settings.access_token);
    // A card of an earlier version has neither, and its passwords stay all the same.
    for new in ["graph_token", "control_url"] {
        card.as_object_mut().unwrap().remove(new);
    }
    fs::write(&file, card.to_string()).unwrap();
    assert_eq!(Card::read(dir.path()).unwrap().unwrap().users.len(), 22);
}

#[test]
fn two_demos_share_no_secret() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let secrets: BTreeSet<String> = dirs
        .iter()
        .flat_map(|dir| {
            let play = played(dir.path());
            let card = Card::of(SocketAddr::from(HERE), &play, Played::default(), None);
            let passwords = card.users.into_iter().map(|user| user.password);
            passwords.chain([play.settings.app_secret, play.settings.access_token, play.url_token]).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(secrets.len(), 2 * (22 + 3));
    assert!(secrets.iter().all(|secret| secret.len() >= 20));
}

#[test]
fn the_card_is_for_its_owner_alone_even_if_it_was_open_before() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("demo.json");
    fs::write(&file, "{}").unwrap();
    fs::write(dir.path().join("demo.json.new"), "half a card").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    Card::of(SocketAddr::from(HERE), &played(dir.path()), Played::default(), None).write(dir.path()).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(Card::read(dir.path()).unwrap().unwrap().users.len(), 22);
}

#[test]
fn a_damaged_card_is_told_without_its_words() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("demo.json"), "{\"users\":[{\"password\":\"hunter2\"").unwrap();
    let told = format!("{:?}", Card::read(dir.path()).err().unwrap());
    assert!(told.contains("damaged") && !told.contains("hunter2"), "{told}");
}

#[test]
fn the_first_agents_are_left_to_people() {
    let people = cast::people();
    let agents: Vec<_> = people.iter().filter_map(cast::Person::agent).collect();
    assert_eq!(cast::automatic(16), agents[4..]);
    assert_eq!(cast::automatic(0), []);
    assert_eq!(cast::automatic(99), agents);
    let emails: BTreeSet<_> = people.iter().map(|person| &person.email).collect();
    assert_eq!(emails.len(), people.len());
}

#[test]
fn many_customers_write_often_and_few_do_not_keep_one_waiting() {
    assert_eq!(interval_ms(0), 0);
    assert_eq!(interval_ms(3), 3_000);
    assert_eq!(interval_ms(240), 1_000);
    assert_eq!(interval_ms(1_000_000), 1);
}

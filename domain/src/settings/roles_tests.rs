use super::*;
use crate::identity::{Permission, ROLE};
use crate::ports::Secret;

const NOW: Timestamp = Timestamp(9);
const OWN: Uuid = Uuid::from_u128(100);

fn record(id: u128, values: Vec<Value>) -> Record {
    Record { id: Uuid::from_u128(id), version: 1, changed_at: Timestamp(1), archived_at: None, values }
}

fn user(id: u128, role: &Role, role_id: Option<Uuid>) -> Record {
    let user = User {
        email: format!("{id}@example.com"),
        name: format!("User {id}"),
        role: role.clone(),
        password_hash: Secret("hash".to_owned()),
        active: true,
        language: None,
        role_id,
    };
    record(id, user.values())
}

fn own(permissions: Permissions) -> Record {
    let names = permissions.iter().map(|permission| permission.name().to_owned()).collect();
    Record { id: OWN, ..record(100, vec![Value::text("Own"), Value::Set(names), Value::Null]) }
}

fn changed(from: &Record, to: Permissions) -> Change {
    let wish = Wish::Put(own(to).values);
    propose(&ROLE, OWN, Some(from), Expect::Any, wish, NOW).unwrap().unwrap()
}

fn role_of(change: &Change) -> (Role, Option<Uuid>) {
    let user = User::of(change.after.as_ref().unwrap()).unwrap();
    (user.role, user.role_id)
}

const KEEPER: Permissions = Permissions::all().without(Permission::ReadRaw);

#[test]
fn the_nearest_role_that_is_built_in_never_allows_more() {
    for bits in 0_u32..1 << Permission::NAMES.len() {
        let chosen = Permission::catalogue().iter().map(|entry| entry.permission);
        let permissions: Permissions = chosen.filter(|one| bits >> *one as u8 & 1 == 1).collect();
        match nearest(permissions) {
            Some(role) => {
                assert!(permissions.include(role.permissions()));
                let fit = Role::BUILT_IN.into_iter().filter(|other| permissions.include(other.permissions()));
                assert!(fit.into_iter().all(|other| role.permissions().include(other.permissions())), "the nearest");
            }
            None => assert!(!permissions.include(Role::AGENT.permissions())),
        }
    }
}

#[test]
fn whoever_is_given_a_role_of_ones_own_has_the_nearest_one_beside_it() {
    let (root, ana) = (user(1, &Role::ADMINISTRATOR, None), user(2, &Role::AGENT, None));
    let role = own(KEEPER);
    let staff = Staff::of([&root, &ana], [&role]);
    let give = |to: &Given, by| staff.given(UserId(ana.id), to, by, NOW);
    let (after, change) = give(&Given::Own(OWN), Permissions::all()).unwrap();
    assert_eq!(change.as_ref().unwrap().after.as_ref(), Some(&after));
    assert_eq!(role_of(&change.unwrap()), (Role::SUPERVISOR, Some(OWN)));
    let (_, change) = give(&Given::BuiltIn(Role::SUPERVISOR), Permissions::all()).unwrap();
    assert_eq!(role_of(&change.unwrap()), (Role::SUPERVISOR, None));
    assert_eq!(give(&Given::BuiltIn(Role::AGENT), Permissions::all()).unwrap(), (ana.clone(), None), "they have it");
    let lacking = |field| Err(Unfit::Fault(Fault::new(field, "lacking")));
    let by = KEEPER.without(Permission::ReadBoard);
    assert_eq!(give(&Given::Own(OWN), by), lacking("role_id"), "nobody gives what they lack");
    assert_eq!(give(&Given::BuiltIn(Role::SUPERVISOR), by), lacking("role"));
    let none = Given::Own(Uuid::from_u128(101));
    assert_eq!(give(&none, Permissions::all()), Err(Unfit::Fault(Fault::new("role_id", "not_found"))));
    let nobody = staff.given(UserId(Uuid::from_u128(9)), &Given::Own(OWN), Permissions::all(), NOW);
    assert_eq!(nobody, Err(Unfit::Refused(Refusal::NOT_FOUND)));
}

#[test]
fn nobody_is_given_what_is_out_of_use_or_less_than_an_agent_may() {
    let ana = user(2, &Role::AGENT, None);
    let archived = Record { archived_at: Some(NOW), ..own(KEEPER) };
    let weak = own(Permissions::of(&[Permission::ReadBoard]));
    for (role, code) in [(archived, "not_found"), (weak, "less_than_agent")] {
        let given = Staff::of([&ana], [&role]).given(UserId(ana.id), &Given::Own(OWN), Permissions::all(), NOW);
        assert_eq!(given, Err(Unfit::Fault(Fault::new("role_id", code))));
    }
}

#[test]
fn a_role_that_changes_takes_those_along_who_have_it() {
    let role = own(KEEPER);
    let (root, sue) = (user(1, &Role::ADMINISTRATOR, None), user(2, &Role::SUPERVISOR, Some(OWN)));
    let staff = Staff::of([&root, &sue], [&role]);
    let weaker = KEEPER.without(Permission::ReadBoard);
    let follows = staff.follow([&changed(&role, weaker)], NOW).unwrap();
    assert_eq!(follows.users, [UserId(sue.id)]);
    assert_eq!(follows.changes.iter().map(role_of).collect::<Vec<_>>(), [(Role::AGENT, Some(OWN))]);
    let still = KEEPER.without(Permission::WriteOps);
    let follows = staff.follow([&changed(&role, still)], NOW).unwrap();
    assert_eq!((follows.users.len(), follows.changes.len()), (1, 0), "the nearest one is the same");
    let weak = staff.follow([&changed(&role, Permissions::of(&[Permission::ReadBoard]))], NOW);
    assert_eq!(weak, Err(Unfit::Fault(Fault::new("permissions", "less_than_agent"))));
    let archived = propose(&ROLE, OWN, Some(&role), Expect::Any, Wish::Archive, NOW).unwrap().unwrap();
    assert_eq!(staff.follow([&archived], NOW), Err(Unfit::Refused(Refusal::IN_USE)));
    let without = Staff::of([&root], [&role]);
    assert_eq!(without.follow([&archived], NOW), Ok(Follows::default()), "nobody has it");
    assert_eq!(without.follow([&changed(&role, weaker)], NOW), Ok(Follows::default()));
}

#[test]
fn the_last_who_can_administer_stays_whichever_way_it_would_end() {
    let role = own(KEEPER);
    let keeper = user(1, &Role::SUPERVISOR, Some(OWN));
    let mut gone = user(2, &Role::ADMINISTRATOR, None);
    gone.values[USER.place("active").unwrap()] = Value::Boolean(false);
    let refused = Err(Unfit::Refused(Refusal::LAST_ADMINISTRATOR));
    let alone = Staff::of([&keeper, &gone], [&role]);
    let lesser = changed(&role, KEEPER.without(Permission::WriteRoles));
    assert_eq!(alone.follow([&lesser], NOW), refused.map(|()| Follows::default()), "the role allows less");
    let agent = Given::BuiltIn(Role::AGENT);
    assert!(alone.given(UserId(keeper.id), &agent, Permissions::all(), NOW).is_err_and(|why| Err(why) == refused));
    let root = user(3, &Role::ADMINISTRATOR, None);
    let others = Staff::of([&keeper, &gone, &root], [&role]);
    assert!(others.follow([&lesser], NOW).is_ok() && others.given(UserId(keeper.id), &agent, KEEPER, NOW).is_ok());
}

#[test]
fn of_roles_that_change_together_one_cannot_stand_in_for_the_other() {
    let other = Uuid::from_u128(101);
    let (one, two) = (own(KEEPER), Record { id: other, ..own(KEEPER) });
    let (ana, bia) = (user(1, &Role::SUPERVISOR, Some(OWN)), user(2, &Role::SUPERVISOR, Some(other)));
    let staff = Staff::of([&ana, &bia], [&one, &two]);
    let lesser = changed(&one, KEEPER.without(Permission::WriteSettings));
    let both = [lesser.clone(), Change { id: other, ..lesser }];
    assert!(both.iter().all(|alone| staff.follow([alone], NOW).is_ok()));
    assert_eq!(staff.follow(&both, NOW), Err(Unfit::Refused(Refusal::LAST_ADMINISTRATOR)));
}

//! The description for machines, made whole: handlers say what is their own, and what holds for all of them is said here once.

mod access;
mod answers;
mod shapes;

use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::UtoipaMethodRouter;

/// A handler's route, whose operation bears the name that the handler is found by, `contacts::list` as `contacts_list`: no two
/// handlers have the same.
pub(super) fn named<S>(handler: &[&str], (schemas, mut paths, router): UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let name = name_of(handler);
    for item in paths.paths.values_mut() {
        for operation in
            [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
        {
            operation.operation_id = Some(name.clone());
        }
    }
    (schemas, paths, router)
}

/// What an operation is called.
pub(super) fn name_of(handler: &[&str]) -> String {
    let mut name = handler.to_vec();
    name.dedup();
    name.join("_")
}

/// What the handlers said, with what they need not say.
pub(super) fn whole(said: &OpenApi) -> Value {
    let mut described = serde_json::to_value(said).expect("a description is plain data");
    shapes::complete(&mut described);
    access::complete(&mut described);
    answers::complete(&mut described);
    described
}

/// A part that is an object.
fn object(part: &mut Value) -> &mut serde_json::Map<String, Value> {
    part.as_object_mut().expect("this part of a description is an object")
}

//! How long drills are: a few seconds each in `make test`, at length in `make drill`.

/// A number from the environment, or the default.
#[expect(clippy::disallowed_methods, reason = "a drill's length is given by its caller")]
pub(crate) fn given(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The first, or the second where `LONG` is given and not 0.
pub(crate) fn length<T>(short: T, long: T) -> T {
    if given("LONG", 0) == 0 { short } else { long }
}

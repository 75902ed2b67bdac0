//! An optimised binary has the console's files compiled in: a new build of them is a reason to compile again. A debug build reads them.

#[expect(clippy::disallowed_methods, reason = "cargo tells a build script by the environment")]
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo:rerun-if-changed=web/dist");
    }
}

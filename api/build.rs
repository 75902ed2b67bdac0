//! The console's files are compiled in: a new build of them is a reason to compile again.

fn main() {
    println!("cargo:rerun-if-changed=../web/dist");
}

//! The binary `dashoffice`.
fn main() {}

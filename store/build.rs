//! Lists the migrations of each database in their order, so that a new one is its file and nothing else.

use std::path::Path;
use std::{env, fs};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    println!("cargo::rerun-if-changed={}", root.display());
    let lists = [("SQLITE", "sqlite"), ("POSTGRES", "postgres")].map(|(list, folder)| {
        let lines = migrations(&root.join(folder))
            .into_iter()
            .map(|(number, name, path)| format!("    ({number}, {name:?}, include_str!({path:?})),\n"));
        format!("const {list}: &[(i64, &str, &str)] = &[\n{}];\n", lines.collect::<String>())
    });
    #[expect(clippy::disallowed_methods, reason = "cargo says it in no other way")]
    let out = env::var("OUT_DIR").expect("cargo says where to");
    fs::write(Path::new(&out).join("migrations.rs"), lists.concat()).expect("the list can be written");
}

/// The number, the name and the path of each file `NNNN_name.sql`, numbered from 1 without a gap.
fn migrations(folder: &Path) -> Vec<(usize, String, String)> {
    let files = fs::read_dir(folder).expect("the migrations are there");
    let mut names: Vec<String> =
        files.map(|file| file.expect("it can be read").file_name().into_string().expect("its name is text")).collect();
    names.sort();
    let numbered = names.iter().enumerate().map(|(before, file)| {
        let number = before + 1;
        let name = file.strip_prefix(&format!("{number:04}_")).and_then(|rest| rest.strip_suffix(".sql"));
        let name = name.unwrap_or_else(|| panic!("{file} is no migration number {number}: {number:04}_name.sql"));
        (number, name.to_owned(), folder.join(file).to_string_lossy().into_owned())
    });
    numbered.collect()
}

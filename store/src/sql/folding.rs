//! Names as they are looked for: kept beside the name as it was written, and added where a version before this one wrote it.

use super::{Connection, Error, Value, values};
use dashoffice_domain::ids::ContactId;
use dashoffice_domain::wording;
use uuid::Uuid;

/// Ends the name as it was written, in lower case; its words follow. A version before this one looks for that part alone.
const END_OF_NAME: char = '\n';

/// What `contact.name_key` says of a name.
pub(super) fn name_key(name: &str) -> String {
    let written = name.to_lowercase().replace(END_OF_NAME, " ");
    format!("{written}{END_OF_NAME}{}", wording::folded(name))
}

/// Adds the words to names without them. True: there is more.
pub(super) async fn some(db: &mut Connection, most: i64) -> Result<bool, Error> {
    // As the index says it, to the letter.
    let sql = "SELECT tenant, id, name_key FROM contact WHERE replace(name_key, '\n', '') = name_key LIMIT $1";
    let rows = db.rows(sql, values![most]).await?;
    let mut folded: Vec<Vec<Value>> = Vec::with_capacity(rows.len());
    for row in &rows {
        let mut c = row.columns();
        let (tenant, id, written): (Uuid, ContactId, String) = (c.id()?, c.id()?, c.text()?);
        folded.push(values![tenant, id, &name_key(&written), written]);
    }
    let found = folded.len() as i64;
    let update = "UPDATE contact SET name_key = k.folded FROM k \
                  WHERE contact.tenant = k.tenant AND contact.id = k.id AND contact.name_key = k.written";
    let changed = db.run_with(&["tenant", "id", "folded", "written"], folded, update).await?;
    Ok(found >= most && changed > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_name_as_written_and_its_words_and_one_end_of_name() {
        assert_eq!(name_key("João  Conceição"), "joão  conceição\njoao conceicao");
        assert_eq!(name_key("Ana\nMaria"), "ana maria\nana maria");
    }
}

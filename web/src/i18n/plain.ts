// Words as they are compared when somebody searches.

/** Without accents, case and styled letters, so that "joao" finds João. */
export function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();
}

// Templates of a number, the holes in their words, and what is found by which words.
import { useQuery } from '@tanstack/react-query';
import { ProblemError } from '../../../api/http';
import type { Id, Template } from '../../../api/types';
import { plain } from '../../../i18n/plain';
import { useDesk } from '../../../live/store';
import { readsOf } from '../api/reads';

const HOLE = /\{\{\s*([\w.]+)\s*\}\}/g;

/** Names of the holes, each once, in the order of their values: of their numbers, or as they stand where they have names. */
function namesIn(body: string): string[] {
  const names = [...new Set([...body.matchAll(HOLE)].map(([, name]) => name ?? ''))];
  return names.every((name) => /^\d+$/.test(name)) ? names.sort((a, b) => Number(a) - Number(b)) : names;
}

/** Names of the holes in the order of their values; without words, as many as are wanted. */
export function holesOf({ body, parameters }: Template): string[] {
  const named = namesIn(body ?? '');
  return Array.from({ length: parameters }, (_, index) => named[index] ?? String(index + 1));
}

/** The words with the values in their places; a hole without a value stays as it is. */
export function filled(body: string, values: readonly string[]): string {
  const names = namesIn(body);
  return body.replace(HOLE, (hole, name: string) => {
    const value = values[names.indexOf(name)];
    return value === undefined || value === '' ? hole : value;
  });
}

/** What no template takes as a value, by the names of the server, which refuses it, too; null: it fits. */
export function unfitValue(value: string): 'empty' | 'line_break' | 'tab' | 'too_many_blanks' | null {
  if (value === '') return 'empty';
  if (/[\n\r]/.test(value)) return 'line_break';
  if (value.includes('\t')) return 'tab';
  return value.includes(' '.repeat(5)) ? 'too_many_blanks' : null;
}

/** Those that have all the words somewhere, in the name, the text or the language. */
export function matching(templates: readonly Template[], words: string): Template[] {
  const wanted = plain(words).split(/\s+/).filter((word) => word !== '');
  return templates
    .filter(({ name, language, body, category }) => {
      const text = plain(`${name.replaceAll('_', ' ')} ${name} ${language} ${category} ${body ?? ''}`);
      return wanted.every((word) => text.includes(word));
    })
    .sort((a, b) => a.name.localeCompare(b.name) || a.language.localeCompare(b.language));
}

export interface Templates {
  /** Null as long as they are not known. */
  list: readonly Template[] | null;
  /** Why they could not be read, as a problem's code; null: nothing is amiss. */
  failed: string | null;
  again: () => void;
}

/** They change seldom: what was read is good for so long. */
const GOOD_MS = 5 * 60_000;

export function useTemplates(number: Id): Templates {
  const desk = useDesk();
  // The person asks again, not we: WhatsApp is asked each time.
  const { data, error, refetch } = useQuery({ queryKey: ['templates', number], queryFn: () => readsOf(desk).templates(number), staleTime: GOOD_MS, retry: false }, desk.queries);
  return { list: data ?? null, failed: error === null ? null : error instanceof ProblemError ? error.problem.code : 'no_connection', again: () => void refetch() };
}

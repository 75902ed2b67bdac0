// Templates of a number, the holes in their words, and what is found by which words.
import { useEffect, useState } from 'react';
import { ProblemError } from '../../../api/http';
import type { Id, Template } from '../../../api/types';
import { plain } from '../../../i18n/plain';
import { useReads } from '../api/reads';

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

export function useTemplates(number: Id): Templates {
  const { templates } = useReads();
  const [list, setList] = useState<readonly Template[] | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [asked, setAsked] = useState(0);
  useEffect(() => {
    let over = false;
    templates(number).then(
      (read) => {
        if (over) return;
        setList(read);
        setFailed(null);
      },
      (error: unknown) => {
        if (!over) setFailed(error instanceof ProblemError ? error.problem.code : 'no_connection');
      },
    );
    return () => {
      over = true;
    };
  }, [templates, number, asked]);
  return { list, failed, again: () => setAsked(asked + 1) };
}

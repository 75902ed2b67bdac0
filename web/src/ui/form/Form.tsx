// A form of a record: fields by its schema, faults at their fields, and nothing overwritten that somebody else changed meanwhile.
import { type ReactNode, type SubmitEvent, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { ProblemError } from '../../api/http';
import type { Problem } from '../../api/types';
import { uuidv7 } from '../../api/uuid';
import type { Versioned } from '../../live/resources';
import type { Option } from '../Combobox';
import { errorText } from '../problem';
import { Conflict } from './Conflict';
import { type Editor, Field } from './Field';
import { changed, faultOf, type FieldSpec, isSame, type Values } from './fields';
import { useGuard } from './guard';

interface Props {
  fields: readonly FieldSpec[];
  /** What it is called, and what is said below it. */
  label: (name: string) => string;
  hint?: (name: string) => string | undefined;
  /** The names of what may be chosen. */
  options?: Readonly<Record<string, readonly Option[]>>;
  /** Of fields that the kit has nothing for. */
  editors?: Readonly<Record<string, Editor>>;
  /** As it was read; of something new what it begins with, without a version. */
  record: Versioned<Values>;
  /** Gives what has changed to the server; `key`: of this intention. */
  save: (body: Record<string, unknown>, etag: string | null, key: string) => Promise<void>;
  /** As it is now, where `save` was refused because there is a newer one. */
  latest?: () => Promise<Versioned<Values>>;
  /** It is saved. */
  saved: () => void;
  /** The person leaves. */
  cancel: () => void;
  children?: ReactNode;
}

export function Form({ fields, label, hint, options = {}, editors = {}, record, save, latest, saved, cancel, children }: Props) {
  const { t } = useTranslation();
  const [base, setBase] = useState(record);
  const [values, setValues] = useState(record.value);
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
  const [refused, setRefused] = useState<string | null>(null);
  const [newer, setNewer] = useState<Versioned<Values> | null>(null);
  const [busy, setBusy] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  /** The same words are the same intention, however often they are sent. */
  const intention = useRef({ body: '', key: '' });
  const body = changed(fields, base.value, values);
  const guard = useGuard(Object.keys(body).length > 0 && !busy);
  const fixed = Array.isArray(base.value.fixed) ? (base.value.fixed as string[]) : [];
  /** A text of which the page knows what it may be is chosen, and not typed. */
  const offered = (spec: FieldSpec): FieldSpec => (spec.kind === 'text' && options[spec.name] !== undefined ? { ...spec, kind: 'choice' } : spec);
  const optionsOf = ({ name, words }: FieldSpec) => options[name] ?? words.map((word) => ({ value: word, label: word }));
  const shownAs = (spec: FieldSpec, value: unknown) => {
    const shown = [value].flat().filter((one) => one != null && one !== '');
    const names = shown.map((one) => optionsOf(spec).find((option) => option.value === one)?.label ?? JSON.stringify(one).replaceAll('"', ''));
    return names.length === 0 ? t('form.nothing') : names.join(', ');
  };

  function show(found: Readonly<Record<string, string>>, said: string | null): void {
    flushSync(() => {
      setFaults(found);
      setRefused(said);
    });
    form.current?.querySelector<HTMLElement>('[aria-invalid=true], [data-invalid]')?.focus();
  }

  function change(name: string, value: unknown): void {
    setValues((before) => ({ ...before, [name]: value }));
    setFaults((before) => Object.fromEntries(Object.entries(before).filter(([field]) => field !== name)));
  }

  async function give(from: Versioned<Values>, now: Values): Promise<void> {
    const body = changed(fields, from.value, now);
    const words = JSON.stringify([from.etag, body]);
    if (intention.current.body !== words) intention.current = { body: words, key: uuidv7() };
    setBusy(true);
    try {
      await save(body, from.etag, intention.current.key);
      saved();
    } catch (error) {
      await refuse(error);
    } finally {
      setBusy(false);
    }
  }

  async function refuse(error: unknown): Promise<void> {
    const problem = error instanceof ProblemError ? error.problem : null;
    if (problem?.code === 'precondition_failed' && latest !== undefined) {
      try {
        setNewer(await latest());
      } catch (again) {
        show({}, errorText(again));
      }
      return;
    }
    const { at, rest } = placed(problem, fields);
    show(at, rest || Object.keys(at).length === 0 ? errorText(error) : null);
  }

  function submit(event: SubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    // A dialog in a dialog: its form's event comes up here, too.
    event.stopPropagation();
    if (busy || newer !== null) return;
    const found = Object.fromEntries(fields.flatMap((spec) => {
      const fault = fixed.includes(spec.name) ? null : faultOf(spec, values[spec.name]);
      return fault === null ? [] : [[spec.name, fault]];
    }));
    show(found, null);
    if (Object.keys(found).length === 0) void give(base, values);
  }

  /** What only they have changed is theirs in any case. */
  function merged(theirs: Values): Values {
    return Object.fromEntries(fields.map(({ name }) => [name, isSame(values[name], base.value[name]) ? theirs[name] : values[name]]));
  }

  function take(theirs: Versioned<Values>, mine: boolean): void {
    const now = mine ? { ...theirs.value, ...merged(theirs.value) } : theirs.value;
    setNewer(null);
    setBase(theirs);
    setValues(now);
    if (mine) void give(theirs, now);
  }

  const both = newer === null ? [] : fields.filter(({ name }) => !isSame(values[name], base.value[name]) && !isSame(newer.value[name], base.value[name]) && !isSame(newer.value[name], values[name]));
  return (
    <form ref={form} noValidate onSubmit={submit} className="flex flex-col gap-4">
      {fields.map((spec) => (
        <Field
          key={spec.name}
          spec={offered(spec)}
          editor={editors[spec.name]}
          label={label(spec.name)}
          hint={hint?.(spec.name)}
          options={optionsOf(spec)}
          value={values[spec.name]}
          change={(value) => change(spec.name, value)}
          fault={faults[spec.name]}
          fixed={fixed.includes(spec.name)}
        />
      ))}
      {children}
      <div role="alert" className="text-bad empty:hidden">
        {refused}
      </div>
      {newer !== null && (
        <Conflict
          differences={both.map((spec) => ({ name: spec.name, label: label(spec.name), theirs: shownAs(spec, newer.value[spec.name]), mine: shownAs(spec, values[spec.name]) }))}
          takeTheirs={() => take(newer, false)}
          keepMine={() => take(newer, true)}
        />
      )}
      <div className="flex flex-wrap justify-end gap-2">
        <button type="button" className="button" onClick={() => guard.leave(cancel)}>
          {t('form.cancel')}
        </button>
        <button type="submit" className="button ink" aria-disabled={busy || newer !== null}>
          {t(busy ? 'form.saving' : 'form.save')}
        </button>
      </div>
      {guard.question}
    </form>
  );
}

/** Faults of a refusal at the fields they name; `rest`: some name none that is shown. */
function placed(problem: Problem | null, fields: readonly FieldSpec[]): { at: Record<string, string>; rest: boolean } {
  const at: Record<string, string> = {};
  let rest = false;
  for (const { field, code } of problem?.errors ?? []) {
    // `windows[0].from` is at `windows`.
    const name = /^[^.[]+/.exec(field)?.[0] ?? field;
    if (fields.some((spec) => spec.name === name)) at[name] ??= code;
    else rest = true;
  }
  return { at, rest };
}

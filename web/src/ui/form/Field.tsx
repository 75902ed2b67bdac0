// One field: its name, what it takes, and what is wrong with it.
import { type ComponentType, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { FixedMark } from '../fixed';
import { Combobox, type Option } from '../Combobox';
import type { FieldSpec } from './fields';

/** What edits a field that the kit has nothing for. */
export interface EditorProps {
  id: string;
  value: unknown;
  change: (value: unknown) => void;
  disabled: boolean;
}

export type Editor = ComponentType<EditorProps>;

interface Props {
  spec: FieldSpec;
  editor?: Editor | undefined;
  label: string;
  hint?: string | undefined;
  /** What may be chosen, by its name: words of the schema, or things. */
  options: readonly Option[];
  value: unknown;
  change: (value: unknown) => void;
  /** A code of the server's or of ours. */
  fault: string | undefined;
  /** Held by a file on the server. */
  fixed: boolean;
}

export function Field({ spec, editor: Editor, label, hint, options, value, change, fault, fixed }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const { name, kind, required } = spec;
  const hintId = hint === undefined ? undefined : `${id}-hint`;
  const describedBy = [hintId, fault === undefined ? undefined : `${id}-fault`].filter((one) => one !== undefined).join(' ') || undefined;
  const common = { id, name, disabled: fixed, 'aria-invalid': fault !== undefined, 'aria-describedby': describedBy, 'aria-required': required } as const;
  // Its list hides what is around it from screen readers, the name above it, too: it says it itself.
  const combobox = { id, label, options, describedBy, invalid: fault !== undefined, disabled: fixed } as const;
  const title = (
    <label htmlFor={Editor === undefined ? id : undefined} className="font-medium">
      {label}
      {!required && kind !== 'flag' && <span className="font-normal text-quiet"> {t('form.optional')}</span>}
    </label>
  );
  return (
    <div className="flex flex-col gap-1" data-field={name} {...(Editor === undefined ? {} : { role: 'group', 'aria-label': label, 'aria-describedby': describedBy, tabIndex: -1, 'data-invalid': fault === undefined ? undefined : true })}>
      {kind === 'flag' ? (
        <div className="flex items-center gap-2">
          <input {...common} type="checkbox" className="size-4 accent-(--ink)" checked={value === true} onChange={(event) => change(event.target.checked)} />
          {title}
          <FixedMark fields={fixed ? [name] : []} />
        </div>
      ) : (
        <span>
          {title}
          <FixedMark fields={fixed ? [name] : []} />
        </span>
      )}
      {Editor !== undefined && <Editor id={id} value={value} change={change} disabled={fixed} />}
      {Editor === undefined && kind === 'text' && <input {...common} className="field" dir="auto" type={spec.format === 'email' ? 'email' : 'text'} autoComplete="off" value={asText(value)} onChange={(event) => change(event.target.value === '' && spec.nullable ? null : event.target.value)} />}
      {kind === 'number' && <input {...common} className="field" type="number" inputMode="numeric" min={spec.least} max={spec.most} value={asText(value)} onChange={({ target }) => change(target.value === '' ? null : target.valueAsNumber)} />}
      {kind === 'choice' && <Combobox {...combobox} value={value == null ? null : asText(value)} change={change} />}
      {kind === 'choices' && <Combobox {...combobox} several value={Array.isArray(value) ? value.map(String) : []} change={change} />}
      {hint !== undefined && (
        <p id={hintId} className="text-sm text-quiet">
          {hint}
        </p>
      )}
      {fault !== undefined && (
        <p id={`${id}-fault`} className="text-sm text-bad">
          {t(`field.${fault as 'required'}`, { defaultValue: t('field.other', { code: fault }), most: spec.most, least: spec.least })}
        </p>
      )}
    </div>
  );
}

function asText(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

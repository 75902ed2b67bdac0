// What became of a record: who changed what, and when.
import { useTranslation } from 'react-i18next';
import type { Id, RecordChange } from '../../../api/types';
import { moment } from '../../../i18n/format';
import { useChanges, useNames } from '../api/changes';

export function Changes({ kind, id }: { kind: string; id: Id }) {
  const { t } = useTranslation();
  const changes = useChanges(kind, id);
  const nameOf = useNames();
  if (changes === undefined || changes.length === 0) return null;
  return (
    <details className="mt-6 border-t border-line pt-4">
      <summary className="cursor-pointer font-semibold">{t('office.changes.title')}</summary>
      <ol className="mt-2 flex flex-col gap-3 text-sm">
        {changes.map((change) => (
          <li key={`${change.at} ${change.what}`}>
            <p>
              {t(`office.what.${change.what as 'changed'}`, { defaultValue: change.what })} · {change.actor_id === null ? t('office.changes.system') : (nameOf(change.actor_id) ?? t('office.changes.somebody'))} · <time dateTime={change.at} className="text-quiet">{moment(change.at)}</time>
            </p>
            {change.what === 'changed' && <Fields fields={change.fields} />}
          </li>
        ))}
      </ol>
    </details>
  );
}

function Fields({ fields }: { fields: RecordChange['fields'] }) {
  const { t } = useTranslation();
  return (
    <ul className="text-quiet">
      {Object.entries(fields).map(([name, both]) => {
        const [field = '', ...member] = name.split('.');
        const label = [t(`office.field.${field as 'name'}`, { defaultValue: field }), ...member].join(' · ');
        const { before, after } = both as { before: unknown; after: unknown };
        return (
          <li key={name} dir="auto" className="break-words">
            {isPlain(before) && isPlain(after) ? t('office.changes.from_to', { field: label, before: shown(before), after: shown(after) }) : label}
          </li>
        );
      })}
    </ul>
  );
}

const isPlain = (value: unknown) => typeof value !== 'object' || value === null;
const shown = (value: unknown) => (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '–');

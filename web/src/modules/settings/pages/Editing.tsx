// One record beside its list: new, changed, copied, put aside and brought back.
import { useTranslation } from 'react-i18next';
import type { Id } from '../../../api/types';
import { useEditing, useOne, type Versioned } from '../../../live/resources';
import { Drawer } from '../../../ui/Dialog';
import { Empty } from '../../../ui/Empty';
import type { Values } from '../../../ui/form/fields';
import { Form } from '../../../ui/form/Form';
import { problemText } from '../../../ui/problem';
import { toast, toastError, toastUndo } from '../../../ui/toasts';
import { nameOf, type Noun, type Row } from '../nouns';
import { Changes } from './Changes';
import { Openings } from './Openings';

interface NewProps {
  noun: Noun;
  from: Values;
  close: () => void;
}

/** A form of the noun's fields; what a new one begins with counts as changed. */
function NounForm({ noun, record, save, latest, close }: { noun: Noun; record: Versioned<Values>; save: (body: Record<string, unknown>, etag: string | null, key: string) => Promise<void>; latest?: () => Promise<Versioned<Row>>; close: () => void }) {
  const { t } = useTranslation();
  const options = noun.useOptions();
  return (
    <Form
      fields={noun.fields}
      label={(name) => t(`office.field.${name as 'name'}`)}
      hint={(name) => t(`office.about.${name as 'week'}`, { defaultValue: '' }) || undefined}
      options={options}
      editors={noun.editors ?? {}}
      record={record}
      save={save}
      {...(latest === undefined ? {} : { latest })}
      saved={() => {
        close();
        toast(t('office.saved'));
      }}
      cancel={close}
    />
  );
}

export function Fresh({ noun, from, close }: NewProps) {
  const { t } = useTranslation();
  const { create } = useEditing(noun.resource);
  // Whoever changes nothing of what it begins with wants just that.
  const whole = (body: Record<string, unknown>) => ({ ...Object.fromEntries(noun.fields.map(({ name }) => [name, from[name] ?? null])), ...body });
  return (
    <Drawer title={t(`office.new.${noun.key}`)} close={close}>
      <NounForm noun={noun} record={{ value: from, etag: null }} save={(body, _, key) => create(whole(body), key)} close={close} />
    </Drawer>
  );
}

export function Existing({ noun, id, close, copy }: { noun: Noun; id: Id; close: () => void; copy: (from: Values) => void }) {
  const { t } = useTranslation();
  const { read, failed } = useOne(noun.resource, id);
  const { change, latest, archive, restore } = useEditing(noun.resource);
  if (read === undefined) {
    return (
      <Drawer title={t(`office.noun.${noun.key}`)} close={close}>
        {failed === null ? <p role="status">{t('opening')}</p> : <Empty title={problemText(failed)} />}
      </Drawer>
    );
  }
  const { value, etag } = read;
  const isArchived = value.archived_at !== null;

  async function putAside(): Promise<void> {
    try {
      await archive(id, etag);
      close();
      toastUndo(t('office.archived.done', { name: value.name }), () => void restore(id, '*').catch(toastError));
    } catch (error) {
      toastError(error);
    }
  }

  async function bringBack(): Promise<void> {
    try {
      await restore(id, etag);
      close();
      toast(t('office.archived.undone', { name: value.name }));
    } catch (error) {
      toastError(error);
    }
  }

  return (
    <Drawer title={nameOf(value, t)} close={close}>
      {value.built_in === true ? <p className="text-quiet">{t('office.built_in')}</p> : <NounForm noun={noun} record={read} save={(body, etag, key) => change(id, body, etag, key)} latest={() => latest(id)} close={close} />}
      {noun.key === 'hours' && <Openings id={id} />}
      <Changes kind={noun.resource.nouns[0] ?? ''} id={id} />
      <div className="mt-6 flex flex-wrap gap-2 border-t border-line pt-4">
        <button type="button" className="button" onClick={() => copy({ ...value, name: t('office.copy_of', { name: nameOf(value, t) }), fixed: [] })}>
          {t('office.copy')}
        </button>
        {value.built_in !== true && (
          <button type="button" className="button" onClick={() => void (isArchived ? bringBack() : putAside())}>
            {t(isArchived ? 'office.archived.restore' : 'office.archived.archive')}
          </button>
        )}
      </div>
    </Drawer>
  );
}

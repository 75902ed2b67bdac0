// What a company sets up, noun by noun: its list and its form follow from this and from the shapes of the API.
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { HolidaysNew, HoursNew, RoleNew, TagNew } from '../../api/generated/schemas.json';
import type { Id, Permission } from '../../api/types';
import { type Resource, useList } from '../../live/resources';
import type { Option } from '../../ui/Combobox';
import type { Editor } from '../../ui/form/Field';
import { fieldsOf, type FieldSpec, type Values } from '../../ui/form/fields';
import type { Column } from '../../ui/table/Table';
import { ForcedEditor } from './editors/Forced';
import { HolidaysEditor } from './editors/Holidays';
import { WeekEditor } from './editors/Week';

/** Those alone: the others would be loaded with the page. */
const schemas = { HolidaysNew, HoursNew, RoleNew, TagNew };

/** What every record has, beside the fields of its own. */
export interface Row extends Record<string, unknown> {
  id: Id;
  name: string;
  archived_at: string | null;
  built_in?: boolean;
}

type Options = Readonly<Record<string, readonly Option[]>>;

export interface Noun {
  /** In its address and in the texts. */
  key: 'hours' | 'holidays' | 'tags' | 'roles';
  resource: Resource<Row>;
  permission: Permission;
  fields: readonly FieldSpec[];
  /** What a new one begins with. */
  begin: Values;
  columns: (t: TFunction, options: Options) => readonly Column<Row>[];
  /** The names of what may be chosen. */
  useOptions: () => Options;
  editors?: Readonly<Record<string, Editor>>;
}

const COLOURS = ['grey', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'purple', 'pink'] as const;
const HOLIDAYS: Resource<Row> = { path: '/holidays', nouns: ['holidays'] };

const named = (options: Options, field: string, value: unknown) => options[field]?.find((option) => option.value === value)?.label ?? '';
/** Those that come with the program are called as everywhere else. */
export const nameOf = ({ name, built_in }: Row, t: TFunction) => (built_in === true ? t(`role.${name as 'agent'}`, { defaultValue: name }) : name);
const words = (text: string) => <span className="text-quiet">{text}</span>;

const hours: Noun = {
  key: 'hours',
  resource: { path: '/hours', nouns: ['hours'] },
  permission: 'settings.write',
  fields: fieldsOf(schemas, 'HoursNew', ['name', 'zone', 'week', 'holidays', 'forced']),
  begin: { name: '', zone: Intl.DateTimeFormat().resolvedOptions().timeZone, week: {}, holidays: null, forced: null },
  columns: (t, options) => [
    { key: 'name', name: t('office.field.name'), cell: ({ name }) => name, sort: 'name' },
    { key: 'zone', name: t('office.field.zone'), cell: ({ zone }) => words(String(zone)) },
    { key: 'holidays', name: t('office.field.holidays'), cell: ({ holidays }) => words(named(options, 'holidays', holidays)) },
  ],
  useOptions() {
    const lists = useList(HOLIDAYS, { sort: 'name', limit: 200 }, null);
    return {
      zone: Intl.supportedValuesOf('timeZone').map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') })),
      holidays: lists.rows?.map(({ id, name }) => ({ value: id, label: name })) ?? [],
    };
  },
  editors: { week: WeekEditor, forced: ForcedEditor },
};

const holidays: Noun = {
  key: 'holidays',
  resource: HOLIDAYS,
  permission: 'settings.write',
  fields: fieldsOf(schemas, 'HolidaysNew', ['name', 'days']),
  begin: { name: '', days: {} },
  columns: (t) => [
    { key: 'name', name: t('office.field.name'), cell: ({ name }) => name, sort: 'name' },
    { key: 'days', name: t('office.field.days'), cell: ({ days }) => Object.keys(days as object).length, end: true },
  ],
  useOptions: () => ({}),
  editors: { days: HolidaysEditor },
};

const tags: Noun = {
  key: 'tags',
  resource: { path: '/tags', nouns: ['tag'] },
  permission: 'settings.write',
  fields: fieldsOf(schemas, 'TagNew', ['name', 'colour', 'on_conversations', 'on_contacts']),
  begin: { name: '', colour: 'grey', on_conversations: true, on_contacts: true },
  columns: (t, options) => [
    { key: 'name', name: t('office.field.name'), cell: ({ name }) => name, sort: 'name' },
    { key: 'colour', name: t('office.field.colour'), cell: ({ colour }) => words(named(options, 'colour', colour)) },
    { key: 'on', name: t('office.field.used_on'), cell: (row) => words((['on_conversations', 'on_contacts'] as const).filter((on) => row[on] === true).map((on) => t(`office.field.${on}`)).join(', ')) },
  ],
  useOptions() {
    const { t } = useTranslation();
    return { colour: COLOURS.map((colour) => ({ value: colour, label: t(`office.colour.${colour}`) })) };
  },
};

const roles: Noun = {
  key: 'roles',
  resource: { path: '/roles', nouns: ['role'] },
  permission: 'roles.write',
  fields: fieldsOf(schemas, 'RoleNew', ['name', 'permissions', 'note']),
  begin: { name: '', permissions: [], note: null },
  columns: (t, options) => [
    { key: 'name', name: t('office.field.name'), cell: (row) => nameOf(row, t), sort: 'name' },
    { key: 'permissions', name: t('office.field.permissions'), cell: ({ permissions }) => words((permissions as string[]).map((permission) => named(options, 'permissions', permission)).join(', ')) },
  ],
  useOptions() {
    const { t } = useTranslation();
    const [, permissions] = this.fields;
    return { permissions: permissions?.words.map((word) => ({ value: word, label: t(`office.permission.${word.replace('.', '_') as 'reply'}`, { defaultValue: word }) })) ?? [] };
  },
};

export const NOUNS: readonly Noun[] = [hours, holidays, tags, roles];

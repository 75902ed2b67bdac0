// The list of one noun, and what is edited of it beside.
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Id } from '../../../api/types';
import { usePages } from '../../../live/resources';
import type { Values } from '../../../ui/form/fields';
import { Empty } from '../../../ui/Empty';
import { Filters } from '../../../ui/table/Filters';
import { Table } from '../../../ui/table/Table';
import { nameOf, type Noun } from '../nouns';
import { Existing, Fresh } from './Editing';

type Edited = { is: 'old'; id: Id } | { is: 'new'; from: Values };

export function NounPage({ noun }: { noun: Noun }) {
  const { t } = useTranslation();
  const [filters, setFilters] = useState<Record<string, string>>({});
  const [sort, setSort] = useState('name');
  const [edited, edit] = useState<Edited | null>(null);
  const pages = usePages(noun.resource, { filters, sort });
  const options = noun.useOptions();
  const isFiltered = Object.keys(filters).length > 0;
  const add = (
    <button type="button" className="button ink" onClick={() => edit({ is: 'new', from: noun.begin })}>
      <Plus aria-hidden size={16} />
      {t(`office.new.${noun.key}`)}
    </button>
  );
  const archived = { key: 'archived', name: t('office.archived.filter'), none: t('office.archived.without'), options: [{ value: 'any', label: t('office.archived.with') }, { value: 'true', label: t('office.archived.only') }] };
  return (
    <>
      <header className="mb-4 flex flex-wrap items-center justify-between gap-2">
        <h1 className="text-xl font-semibold">{t(`office.noun.${noun.key}`)}</h1>
        {add}
      </header>
      <Table
        id={`office.${noun.key}`}
        label={t(`office.noun.${noun.key}`)}
        columns={noun.columns(t, options)}
        nameOf={(row) => nameOf(row, t)}
        pages={pages}
        open={({ id }) => edit({ is: 'old', id })}
        sort={sort}
        sortBy={setSort}
        filters={<Filters search="q" filters={[archived]} value={filters} change={setFilters} />}
        isFiltered={isFiltered}
        clearFilters={() => setFilters({})}
        empty={<Empty title={t(`office.none.${noun.key}`)} hint={t(`office.hint.${noun.key}`)} />}
      />
      {edited?.is === 'new' && <Fresh noun={noun} from={edited.from} close={() => edit(null)} />}
      {edited?.is === 'old' && <Existing key={edited.id} noun={noun} id={edited.id} close={() => edit(null)} copy={(from) => edit({ is: 'new', from })} />}
    </>
  );
}

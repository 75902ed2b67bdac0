// Every part of the kit on one page, to be looked at and tried by hand (`npm run kit`) and by the tests in a browser. Not in the console.
import '../src/styles.css';
import { createBrowserHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { ProblemError } from '../src/api/http';
import schemas from '../src/api/generated/schemas.json';
import { startLanguages } from '../src/i18n';
import { newQueries } from '../src/live/freshness';
import type { Pages, Versioned } from '../src/live/resources';
import { type Desk, DeskContext } from '../src/live/store';
import { Combobox } from '../src/ui/Combobox';
import { Drawer } from '../src/ui/Dialog';
import { Empty } from '../src/ui/Empty';
import { fieldsOf, type Values } from '../src/ui/form/fields';
import { Form } from '../src/ui/form/Form';
import { PermissionGate } from '../src/ui/permission';
import { Filters } from '../src/ui/table/Filters';
import { type Column, Table } from '../src/ui/table/Table';
import { Tabs } from '../src/ui/Tabs';
import { toast, toastUndo, Toasts } from '../src/ui/toasts';

interface Person {
  id: string;
  name: string;
  email: string;
  role: string;
  chats: number;
}

const NAMES = ['Ana Lima', 'Beatriz Rocha', 'Caio Prado', 'María José Fernández de la Cruz y Villanueva', 'Rui Costa', 'Sofía Núñez', 'Thiago Alves'];
const PEOPLE: Person[] = NAMES.map((name, index) => ({ id: `p${index}`, name, email: `${name.split(' ')[0]?.toLowerCase() ?? ''}@example.com`, role: index % 3 === 0 ? 'supervisor' : 'agent', chats: index * 3 }));
const ROLES = ['agent', 'supervisor', 'administrator'].map((value) => ({ value, label: value }));
const COLUMNS: Column<Person>[] = [
  { key: 'name', name: 'Name', cell: ({ name }) => name, sort: 'name' },
  { key: 'email', name: 'E-mail', cell: ({ email }) => <span className="text-quiet">{email}</span>, sort: 'email' },
  { key: 'role', name: 'Role', cell: ({ role }) => role },
  { key: 'chats', name: 'Chats', cell: ({ chats }) => chats, end: true },
];
const PER_PAGE = 5;

function People() {
  const [filters, setFilters] = useState<Record<string, string>>({});
  const [sort, setSort] = useState('name');
  const [page, setPage] = useState(0);
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set());
  const [edited, edit] = useState<Person | null>(null);
  const all = PEOPLE.filter(({ name, role }) => name.toLowerCase().includes(filters.q ?? '') && (filters.role === undefined || role === filters.role)).sort((a, b) => (sort.startsWith('-') ? b.name.localeCompare(a.name) : a.name.localeCompare(b.name)));
  const rows = all.slice(page * PER_PAGE, (page + 1) * PER_PAGE);
  const pages: Pages<Person> = {
    rows, failed: null, isOld: false, again: () => undefined, number: page + 1,
    next: (page + 1) * PER_PAGE < all.length ? () => setPage(page + 1) : undefined,
    previous: page > 0 ? () => setPage(page - 1) : undefined,
  };
  return (
    <>
      <Table
        id="kit" label="People" columns={COLUMNS} nameOf={({ name }) => name} pages={pages} open={edit} sort={sort} sortBy={setSort}
        filters={<Filters search="q" filters={[{ key: 'role', name: 'Role', options: ROLES }]} value={filters} change={(now) => { setFilters(now); setPage(0); }} />}
        isFiltered={Object.keys(filters).length > 0} clearFilters={() => setFilters({})}
        selection={{ chosen, choose, actions: <button type="button" className="button" onClick={() => toastUndo('Archived', () => undefined)}>Archive</button> }}
        empty={<Empty title="Nobody yet" hint="Whoever is invited appears here." />}
      />
      {edited !== null && <Editing person={edited} close={() => edit(null)} />}
    </>
  );
}

/** The first time somebody else was quicker; an address without a dot is taken. */
function Editing({ person, close }: { person: Person; close: () => void }) {
  const [tries, setTries] = useState(0);
  const record: Versioned<Values> = { value: { ...person, member_ids: ['p1'], fixed: person.id === 'p1' ? ['role'] : [] }, etag: '1' };
  const refuse = (code: string, errors: { field: string; code: string }[] = []) => new ProblemError({ type: '', title: '', status: 412, code, detail: null, retry_after_s: null, errors, request_id: null });
  return (
    <Drawer title={person.name} close={close}>
      <Form
        fields={fieldsOf(schemas, 'User', ['name', 'email', 'role']).concat(fieldsOf(schemas, 'Queue', ['member_ids']))}
        label={(name) => ({ name: 'Name', email: 'E-mail', role: 'Role', member_ids: 'Looks after' })[name] ?? name}
        hint={(name) => (name === 'email' ? 'They sign in with it.' : undefined)}
        options={{ role: ROLES, member_ids: PEOPLE.map(({ id, name }) => ({ value: id, label: name })) }}
        record={record}
        save={(body) => {
          setTries(tries + 1);
          if (body.email === 'taken@example.com') return Promise.reject(refuse('invalid', [{ field: 'email', code: 'taken' }]));
          return tries === 0 ? Promise.reject(refuse('precondition_failed')) : Promise.resolve();
        }}
        latest={() => Promise.resolve({ value: { ...record.value, name: `${person.name} (changed)` }, etag: '2' })}
        saved={() => {
          close();
          toast('Saved');
        }}
        cancel={close}
      />
    </Drawer>
  );
}

function Kit() {
  const [tab, setTab] = useState('people');
  const [queue, setQueue] = useState<string | null>(null);
  return (
    <main className="h-full overflow-y-auto bg-panel p-4 md:p-6">
      <h1 className="mb-4 text-xl font-semibold">The kit</h1>
      <Tabs
        label="Parts" chosen={tab} choose={setTab}
        tabs={[
          { key: 'people', name: 'People', content: <People /> },
          { key: 'queue', name: 'Queue', content: <div className="max-w-80"><Combobox label="Queue" options={PEOPLE.map(({ id, name }) => ({ value: id, label: name }))} value={queue} change={setQueue} /></div> },
          { key: 'gate', name: 'Gate', content: <PermissionGate needs="board.read">nothing</PermissionGate> },
        ]}
      />
      <Toasts />
    </main>
  );
}

const root = createRootRoute({ component: Outlet, notFoundComponent: () => null });
const page = createRoute({ getParentRoute: () => root, path: '$', component: Kit });
const router = createRouter({ routeTree: root.addChildren([page]), history: createBrowserHistory() });
const desk = { me: { permissions: [] }, queries: newQueries() } as unknown as Desk;
await startLanguages();
createRoot(document.getElementById('root') as HTMLElement).render(
  <DeskContext value={desk}>
    <RouterProvider router={router as never} />
  </DeskContext>,
);

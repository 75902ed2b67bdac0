// A list of things to be administered, page by page as the server gives it: sorted, filtered, chosen from, walked by arrows.
import { clsx } from 'clsx';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Pages } from '../../live/resources';
import { Empty } from '../Empty';
import { problemText } from '../problem';
import { ColumnChoice, useShownColumns } from './columns';
import { Paging } from './Paging';

export interface Column<Row> {
  key: string;
  name: string;
  cell: (row: Row) => ReactNode;
  /** Figures stand at the end. */
  end?: boolean;
  /** The field that the server sorts by. */
  sort?: string;
  /** Not shown until somebody wants it. */
  hidden?: boolean;
}

export interface Selection {
  chosen: ReadonlySet<string>;
  choose: (chosen: ReadonlySet<string>) => void;
  /** What may be done with those that are chosen. */
  actions: ReactNode;
}

interface Props<Row> {
  /** Kept on this device under it: which columns are shown. */
  id: string;
  label: string;
  /** The first names the row, and leads to it. */
  columns: readonly Column<Row>[];
  nameOf: (row: Row) => string;
  pages: Pages<Row>;
  open: (row: Row) => void;
  sort?: string | undefined;
  sortBy?: (sort: string) => void;
  selection?: Selection;
  /** Search and filters stand before the choice of columns. */
  filters?: ReactNode;
  /** Whether something is searched or filtered: then nothing found says so. */
  isFiltered?: boolean;
  clearFilters?: () => void;
  empty: ReactNode;
}

export function Table<Row extends { id: string }>(props: Props<Row>) {
  const { id, label, columns, pages, filters, selection } = props;
  const { t } = useTranslation();
  const [shown, setShown] = useShownColumns(id, columns);
  return (
    <section aria-label={label} className="flex min-h-0 flex-col gap-3">
      <div className="flex flex-wrap items-end gap-2">
        {filters}
        <div className="flex-1" />
        <ColumnChoice columns={columns} shown={shown} show={setShown} />
      </div>
      {selection !== undefined && selection.chosen.size > 0 && (
        <div role="toolbar" aria-label={t('table.selected', { count: selection.chosen.size })} className="flex flex-wrap items-center gap-2 rounded-lg bg-chosen px-3 py-1.5">
          <span className="font-medium">{t('table.selected', { count: selection.chosen.size })}</span>
          {selection.actions}
          <button type="button" className="button" onClick={() => selection.choose(new Set())}>
            {t('table.select_none')}
          </button>
        </div>
      )}
      {pages.rows === undefined || pages.rows.length === 0 ? <Nothing {...props} /> : <Rows {...props} rows={pages.rows} columns={columns.filter(({ key }) => shown.includes(key))} />}
      <Paging {...pages} />
    </section>
  );
}

function Nothing<Row>({ pages, isFiltered = false, clearFilters, empty }: Props<Row>) {
  const { t } = useTranslation();
  if (pages.failed !== null) {
    return (
      <Empty title={t('table.failed')} hint={problemText(pages.failed)}>
        <button type="button" className="button" onClick={pages.again}>
          {t('table.again')}
        </button>
      </Empty>
    );
  }
  if (pages.rows === undefined) return <p role="status" className="p-6 text-center text-quiet">{t('opening')}</p>;
  if (!isFiltered) return empty;
  return (
    <Empty title={t('table.none')}>
      {clearFilters && (
        <button type="button" className="button" onClick={clearFilters}>
          {t('table.clear_filters')}
        </button>
      )}
    </Empty>
  );
}

function Rows<Row extends { id: string }>({ label, columns, rows, nameOf, open, sort, sortBy, selection, pages }: Props<Row> & { rows: readonly Row[] }) {
  const { t } = useTranslation();
  const body = useRef<HTMLTableSectionElement>(null);
  const chosen = selection?.chosen;
  const all = rows.every(({ id }) => chosen?.has(id) === true);
  const toggle = (ids: readonly string[], on: boolean) => {
    const next = new Set(chosen);
    for (const id of ids) if (on) next.add(id);
      else next.delete(id);
    selection?.choose(next);
  };

  /** Arrows walk from name to name; the blank chooses the row one is at. */
  function onKeyDown(event: KeyboardEvent): void {
    const links = [...(body.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
    const at = links.indexOf(event.target as HTMLElement);
    if (at < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    const id = links[at]?.dataset.row ?? '';
    if (to !== undefined) links[to]?.focus();
    else if (event.key === ' ' && selection !== undefined) toggle([id], chosen?.has(id) !== true);
    else return;
    event.preventDefault();
  }

  return (
    <div className={clsx('overflow-x-auto', pages.isOld && 'opacity-60')} aria-busy={pages.isOld}>
      <table aria-label={label} className="w-full border-collapse">
        <thead>
          <tr className="border-b border-line text-xs text-quiet">
            {selection !== undefined && (
              <th scope="col" className="w-9 py-2 ps-1 pe-3 text-start">
                <input type="checkbox" className="size-4 align-middle accent-(--ink)" aria-label={t('table.select_all')} checked={all} onChange={({ target }) => toggle(rows.map(({ id }) => id), target.checked)} />
              </th>
            )}
            {columns.map((column) => (
              <Heading key={column.key} column={column} sort={sort} sortBy={sortBy} />
            ))}
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={onKeyDown}>
          {rows.map((row) => (
            <tr key={row.id} className={clsx('h-11 border-b border-line hover:bg-hover', chosen?.has(row.id) === true && 'bg-chosen')}>
              {selection !== undefined && (
                <td className="ps-1 pe-3">
                  <input type="checkbox" className="size-4 align-middle accent-(--ink)" aria-label={t('table.select', { name: nameOf(row) })} checked={chosen?.has(row.id) === true} onChange={({ target }) => toggle([row.id], target.checked)} />
                </td>
              )}
              {columns.map(({ key, cell, end }, index) => (
                <td key={key} className={clsx('py-1 pe-3', end === true ? 'text-end whitespace-nowrap' : 'text-start', index === 0 && 'max-sm:max-w-[42vw]')}>
                  {index === 0 ? (
                    <button type="button" data-row={row.id} className="max-w-full truncate text-start font-medium hover:underline" onClick={() => open(row)}>
                      {cell(row)}
                    </button>
                  ) : (
                    cell(row)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Heading<Row>({ column: { name, end, sort: field }, sort, sortBy }: { column: Column<Row>; sort: string | undefined; sortBy: ((sort: string) => void) | undefined }) {
  const direction = field === undefined ? undefined : sort === field ? 'ascending' : sort === `-${field}` ? 'descending' : 'none';
  return (
    <th scope="col" aria-sort={direction} className={clsx('py-2 pe-3 font-normal', end === true ? 'text-end' : 'text-start')}>
      {field === undefined || sortBy === undefined ? (
        name
      ) : (
        <button type="button" className="inline-flex items-center gap-1 hover:text-ink" onClick={() => sortBy(direction === 'ascending' ? `-${field}` : field)}>
          {name}
          {direction === 'ascending' && <ArrowUp aria-hidden size={12} />}
          {direction === 'descending' && <ArrowDown aria-hidden size={12} />}
        </button>
      )}
    </th>
  );
}

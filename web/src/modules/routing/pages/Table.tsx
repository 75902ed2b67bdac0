// A table whose figures change in place. Rows change places only while no pointer is over it and no focus in it.
import { clsx } from 'clsx';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { inOrder } from './order';

export interface Column<T> {
  name: string;
  cell: (row: T) => ReactNode;
  /** Figures stand at the end. */
  end?: boolean;
}

interface Props<T> {
  title: string;
  rows: T[];
  columns: Column<T>[];
  order: (a: T, b: T) => number;
  empty: string;
}

export function Table<T extends { id: string }>({ title, rows, columns, order, empty }: Props<T>) {
  const { t } = useTranslation();
  const id = useId();
  const [frozen, setFrozen] = useState<string[] | null>(null);
  const shown = inOrder(rows, order, frozen);
  const freeze = () => setFrozen((before) => before ?? shown.map((row) => row.id));
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="mb-2 flex items-baseline gap-2 text-lg font-semibold">
        {title}
        {frozen !== null && <span className="text-xs font-normal text-quiet">{t('board.order_held')}</span>}
      </h2>
      {rows.length === 0 ? (
        <p className="text-quiet">{empty}</p>
      ) : (
        <div className="overflow-x-auto" onPointerEnter={freeze} onPointerLeave={() => setFrozen(null)}>
          <table className="w-full border-collapse">
            <thead>
              <tr className="border-b border-line text-xs text-quiet">
                {columns.map(({ name, end }) => (
                  <th key={name} scope="col" className={clsx('py-2 font-normal first:ps-0 not-first:ps-3', end === true ? 'text-end' : 'text-start')}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((row) => (
                <tr key={row.id} className="h-11 border-b border-line">
                  {columns.map(({ name, cell, end }, index) => (
                    <td key={name} className={clsx('py-1 not-first:ps-3', end === true ? 'text-end whitespace-nowrap' : 'text-start', index === 0 && 'max-w-0 w-2/5')}>
                      {cell(row)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

// Holidays, a line for each: its day, of one year or of every year, its name, and what is open all the same.
import { Plus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EditorProps } from '../../../ui/form/Field';
import { type Interval, Intervals } from './Intervals';

interface Holiday {
  /** `2026-12-25`; of one of every year the year is any. */
  date: string;
  yearly: boolean;
  name: string;
  open: Interval[];
}

type Days = Record<string, { name: string; open?: Interval[] }>;

const LEAP = '2024';
const keyOf = ({ date, yearly }: Holiday) => (yearly ? date.slice(5) : date);

function read(days: Days): Holiday[] {
  const holidays = Object.entries(days).map(([key, { name, open = [] }]) => ({ date: key.length === 5 ? `${LEAP}-${key}` : key, yearly: key.length === 5, name, open }));
  return holidays.sort((a, b) => a.date.slice(a.yearly ? 5 : 0).localeCompare(b.date.slice(b.yearly ? 5 : 0)));
}

function written(holidays: readonly Holiday[]): Days {
  return Object.fromEntries(holidays.map((holiday) => [keyOf(holiday), { name: holiday.name, ...(holiday.open.length === 0 ? {} : { open: holiday.open }) }]));
}

export function HolidaysEditor({ value, change, disabled }: EditorProps) {
  const { t } = useTranslation();
  // Two that are on one day while one types are two lines, and one holiday.
  const [holidays, setHolidays] = useState(() => read((value ?? {}) as Days));
  const keys = holidays.map(keyOf);
  const set = (now: Holiday[]) => {
    setHolidays(now);
    change(written(now));
  };
  const put = (index: number, holiday: Holiday) => set(holidays.map((one, place) => (place === index ? holiday : one)));
  return (
    <div className="flex flex-col gap-3">
      {holidays.map((holiday, index) => {
        const { date, yearly, name, open } = holiday;
        const of = name || date;
        const isTwice = date !== '' && keys.indexOf(keyOf(holiday)) !== index;
        return (
          <div key={index} role="group" aria-label={of} className="flex flex-col gap-1 rounded-lg border border-line p-2">
            <div className="flex flex-wrap items-center gap-2">
              <input type="date" required className="field w-auto" aria-label={t('office.holidays.date')} aria-invalid={isTwice || undefined} disabled={disabled} value={date} onChange={({ target }) => put(index, { ...holiday, date: target.value })} />
              <label className="flex items-center gap-1 text-sm">
                <input type="checkbox" className="size-4 accent-(--ink)" checked={yearly} disabled={disabled} onChange={({ target }) => put(index, { ...holiday, yearly: target.checked })} />
                {t('office.holidays.yearly')}
              </label>
              <span className="flex-1" />
              <button type="button" className="icon-button" aria-label={t('office.holidays.remove', { of })} title={t('office.holidays.remove', { of })} disabled={disabled} onClick={() => set(holidays.filter((_, place) => place !== index))}>
                <X aria-hidden size={16} />
              </button>
            </div>
            <input type="text" className="field" dir="auto" maxLength={100} aria-label={t('office.holidays.name')} placeholder={t('office.holidays.name')} disabled={disabled} value={name} onChange={({ target }) => put(index, { ...holiday, name: target.value })} />
            <Intervals of={of} intervals={open} change={(open) => put(index, { ...holiday, open })} disabled={disabled} />
            {isTwice && <p className="text-sm text-bad">{t('office.holidays.twice')}</p>}
          </div>
        );
      })}
      <button type="button" className="button self-start" disabled={disabled} onClick={() => set([...holidays, { date: '', yearly: false, name: '', open: [] }])}>
        <Plus aria-hidden size={16} />
        {t('office.holidays.add')}
      </button>
    </div>
  );
}

// From when until when: any number of intervals of one day.
import { Plus, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';

export interface Interval {
  from: string;
  until: string;
}

const USUAL: Interval = { from: '09:00', until: '18:00' };

/** Browsers know no 24:00. */
const shownUntil = (until: string) => (until === '24:00' ? '00:00' : until);
const meantUntil = (shown: string) => (shown === '00:00' ? '24:00' : shown);

interface Props {
  /** Whose they are, for who cannot see that. */
  of: string;
  intervals: readonly Interval[];
  change: (intervals: Interval[]) => void;
  disabled: boolean;
}

export function Intervals({ of, intervals, change, disabled }: Props) {
  const { t } = useTranslation();
  const set = (index: number, interval: Interval) => change(intervals.map((one, place) => (place === index ? interval : one)));
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      {intervals.length === 0 && <span className="text-quiet">{t('office.hours.closed')}</span>}
      {intervals.map((interval, index) => (
        <span key={index} className="flex items-center gap-1">
          <input type="time" required className="field w-auto px-1.5" aria-label={t('office.hours.from', { of })} disabled={disabled} value={interval.from} onChange={({ target }) => set(index, { ...interval, from: target.value })} />
          <span aria-hidden>–</span>
          <input type="time" required className="field w-auto px-1.5" aria-label={t('office.hours.until', { of })} disabled={disabled} value={shownUntil(interval.until)} onChange={({ target }) => set(index, { ...interval, until: meantUntil(target.value) })} />
          <button type="button" className="icon-button" aria-label={t('office.hours.remove', { of })} title={t('office.hours.remove', { of })} disabled={disabled} onClick={() => change(intervals.filter((_, place) => place !== index))}>
            <X aria-hidden size={14} />
          </button>
        </span>
      ))}
      <button type="button" className="icon-button" aria-label={t('office.hours.add', { of })} title={t('office.hours.add', { of })} disabled={disabled} onClick={() => change([...intervals, next(intervals)])}>
        <Plus aria-hidden size={16} />
      </button>
    </div>
  );
}

/** After the last there is an hour's break, as long as there is room for one. */
function next(intervals: readonly Interval[]): Interval {
  const last = intervals.at(-1);
  if (last === undefined) return USUAL;
  const hour = Number(last.until.slice(0, 2)) + 1;
  const two = (number: number) => String(number).padStart(2, '0');
  return hour >= 23 ? { from: '', until: '' } : { from: `${two(hour)}:00`, until: `${two(Math.min(hour + 4, 23))}:00` };
}

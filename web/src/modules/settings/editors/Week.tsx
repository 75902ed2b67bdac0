// The plan of a week, a line for each day.
import { useTranslation } from 'react-i18next';
import type { EditorProps } from '../../../ui/form/Field';
import { type Interval, Intervals } from './Intervals';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
type Week = Partial<Record<(typeof DAYS)[number], Interval[]>>;

/** The first of January 2024 was a Monday. */
const nameOf = (index: number, language: string) => new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + index));

export function WeekEditor({ value, change, disabled }: EditorProps) {
  const { t, i18n } = useTranslation();
  const week = (value ?? {}) as Week;
  const monday = week.mon ?? [];
  const set = (days: Week) => change(Object.fromEntries(Object.entries({ ...week, ...days }).filter(([, intervals]) => intervals.length > 0)));
  return (
    <div className="flex flex-col gap-2">
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-3 gap-y-1 max-sm:grid-cols-1">
        {DAYS.map((day, index) => {
          const name = nameOf(index, i18n.language);
          return (
            <div key={day} className="contents">
              <dt className="first-letter:uppercase">{name}</dt>
              <dd>
                <Intervals of={name} intervals={week[day] ?? []} change={(intervals) => set({ [day]: intervals })} disabled={disabled} />
              </dd>
            </div>
          );
        })}
      </dl>
      {monday.length > 0 && !disabled && (
        <button type="button" className="button self-start" onClick={() => set({ tue: monday, wed: monday, thu: monday, fri: monday })}>
          {t('office.hours.as_monday')}
        </button>
      )}
    </div>
  );
}

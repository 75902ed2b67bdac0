// "Open on …?": what the saved hours come to in the week from a day on.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Id } from '../../../api/types';
import { useOpenings } from '../api/openings';

export function Openings({ id }: { id: Id }) {
  const { t, i18n } = useTranslation();
  const [on, setOn] = useState('');
  const shown = useOpenings(id, on);
  const day = (date: string) => new Intl.DateTimeFormat(i18n.language, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));
  return (
    <section aria-label={t('office.openings.title')} className="mt-6 border-t border-line pt-4">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h3 className="font-semibold">{t('office.openings.title')}</h3>
        <input type="date" className="field w-auto" aria-label={t('office.openings.from')} value={on || (shown?.days[0]?.date ?? '')} onChange={({ target }) => setOn(target.value)} />
      </div>
      {shown !== undefined && (
        <>
          <p role="status" className="mt-2">{t(shown.is_open ? 'office.openings.open' : 'office.openings.closed')}</p>
          <dl className="mt-2 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm tabular-nums">
            {shown.days.map(({ date, is_holiday, openings }) => (
              <div key={date} className="contents">
                <dt className="text-quiet">
                  {day(date)}
                  {is_holiday && <span className="ms-1">· {t('office.openings.holiday')}</span>}
                </dt>
                <dd>{openings.length === 0 ? <span className="text-quiet">{t('office.openings.nothing')}</span> : openings.map(({ opens, closes }) => `${opens}–${closes}`).join(', ')}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </section>
  );
}

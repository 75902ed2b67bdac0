// There and back through the pages of a list; nothing where there is only one.
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { count } from '../../i18n/format';
import type { Pages } from '../../live/resources';

export function Paging({ number, next, previous }: Pick<Pages<unknown>, 'number' | 'next' | 'previous'>) {
  const { t } = useTranslation();
  if (next === undefined && previous === undefined) return null;
  return (
    <nav aria-label={t('table.pages')} className="flex items-center justify-end gap-1 text-sm text-quiet">
      <button type="button" className="icon-button" aria-label={t('table.previous')} title={t('table.previous')} aria-disabled={previous === undefined} onClick={previous}>
        <ChevronLeft aria-hidden size={18} />
      </button>
      <span role="status">{t('table.page', { number: count(number) })}</span>
      <button type="button" className="icon-button" aria-label={t('table.next')} title={t('table.next')} aria-disabled={next === undefined} onClick={next}>
        <ChevronRight aria-hidden size={18} />
      </button>
    </nav>
  );
}

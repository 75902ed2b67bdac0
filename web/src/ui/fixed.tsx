// A small lock beside what a file on the server holds: whoever would change it must change it there.
import { Lock } from 'lucide-react';
import { useTranslation } from 'react-i18next';

/** Nothing where no field is held. */
export function FixedMark({ fields }: { fields: string[] }) {
  const { t } = useTranslation();
  if (fields.length === 0) return null;
  return (
    <span role="img" aria-label={t('fixed')} title={t('fixed')} className="ms-1.5 inline-block shrink-0 align-[-1px] text-quiet">
      <Lock aria-hidden className="size-3" />
    </span>
  );
}

// Somebody changed it in the meantime: what they made of it, what it is here, and whose holds.
import { useTranslation } from 'react-i18next';

export interface Difference {
  name: string;
  label: string;
  theirs: string;
  mine: string;
}

interface Props {
  /** Fields that both have changed, and not to the same. */
  differences: readonly Difference[];
  takeTheirs: () => void;
  keepMine: () => void;
}

export function Conflict({ differences, takeTheirs, keepMine }: Props) {
  const { t } = useTranslation();
  return (
    <section role="alert" aria-label={t('form.conflict')} className="flex flex-col gap-3 rounded-lg border border-edge p-3">
      <div>
        <h3 className="font-semibold">{t('form.conflict')}</h3>
        <p className="text-sm text-quiet">{t(differences.length === 0 ? 'form.conflict_elsewhere' : 'form.conflict_text')}</p>
      </div>
      {differences.map(({ name, label, theirs, mine }) => (
        <dl key={name} className="grid grid-cols-[auto_1fr] gap-x-3 text-sm">
          <dt className="col-span-2 font-medium">{label}</dt>
          <dt className="text-quiet">{t('form.theirs')}</dt>
          <dd dir="auto" className="break-words">{theirs}</dd>
          <dt className="text-quiet">{t('form.mine')}</dt>
          <dd dir="auto" className="break-words">{mine}</dd>
        </dl>
      ))}
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button" onClick={takeTheirs}>
          {t('form.take_theirs')}
        </button>
        <button type="button" className="button ink" onClick={keepMine}>
          {t('form.keep_mine')}
        </button>
      </div>
    </section>
  );
}

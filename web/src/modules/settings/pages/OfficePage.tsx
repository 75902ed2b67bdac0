// The office: its nouns beside, the list of one of them in the middle.
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useDesk } from '../../../live/store';
import { Empty } from '../../../ui/Empty';
import { PermissionGate } from '../../../ui/permission';
import { NOUNS } from '../nouns';
import { NounPage } from './NounPage';

export function OfficePage() {
  const { t } = useTranslation();
  const { me } = useDesk();
  const { noun: wanted } = useParams({ from: '/desk/office/{-$noun}' });
  const nouns = NOUNS.filter(({ permission }) => me.permissions.includes(permission));
  const noun = wanted === undefined ? nouns[0] : nouns.find(({ key }) => key === wanted);
  return (
    <div className="flex min-h-0 min-w-0 flex-1 max-md:flex-col">
      <PermissionGate needs="settings.write">
        <nav aria-label={t('office.title')} className="flex shrink-0 gap-1 overflow-x-auto border-line bg-paper p-2 max-md:border-b md:w-52 md:flex-col md:border-e">
          {nouns.map(({ key }) => (
            <Link key={key} to="/office/{-$noun}" params={{ noun: key }} aria-current={noun?.key === key ? 'page' : undefined} className="rounded-lg px-3 py-2 whitespace-nowrap text-quiet hover:bg-hover hover:text-ink aria-[current=page]:bg-chosen aria-[current=page]:font-semibold aria-[current=page]:text-ink">
              {t(`office.noun.${key}`)}
            </Link>
          ))}
        </nav>
        <main className="min-w-0 flex-1 overflow-y-auto bg-panel p-4 md:p-6">{noun === undefined ? <Empty title={t('problem.not_found')} /> : <NounPage key={noun.key} noun={noun} />}</main>
      </PermissionGate>
    </div>
  );
}

// A thin bar while the connection is lost: since when, what waits to be sent, when the next try begins. Work goes on under it.
import { useTranslation } from 'react-i18next';
import { seconds, waited } from '../i18n/format';
import { useLocalNow } from '../i18n/now';
import { useDesk, useLive } from '../live/store';

/** A blink of the network is not worth a word. */
const SAY_AFTER_MS = 1_500;

export function ConnectionBar() {
  const connection = useLive((live) => live.connection);
  if (connection.phase === 'live' || connection.phase === 'ended' || connection.lostAt === null) return null;
  return <Lost lostAt={connection.lostAt} retryAt={connection.phase === 'away' ? connection.retryAt : null} />;
}

function Lost({ lostAt, retryAt }: { lostAt: number; retryAt: number | null }) {
  const { t } = useTranslation();
  const { client } = useDesk();
  const now = useLocalNow();
  const unsent = useLive(({ pending }) => pending.filter(({ name, state }) => name === 'send' && (state === 'waiting' || state === 'in_flight')).length);
  if (now - lostAt < SAY_AFTER_MS) return null;
  return (
    <div className="flex min-h-7 items-center justify-center gap-3 border-b border-line bg-chosen px-3 py-1 text-xs">
      <span role="status">
        {t('connection.lost')} <span className="max-sm:sr-only">{t('connection.go_on')}</span>
        {unsent > 0 && ` · ${t('connection.unsent', { count: unsent })}`}
      </span>
      <span aria-hidden className="text-quiet">
        {waited(now - lostAt)}
      </span>
      {retryAt === null ? (
        <span className="text-quiet">{t('connection.trying')}</span>
      ) : (
        <button type="button" className="rounded px-1 font-semibold underline underline-offset-2" onClick={() => client.retryNow()}>
          {t('connection.retry', { in: seconds(Math.max(0, Math.ceil((retryAt - now) / 1_000))) })}
        </button>
      )}
    </div>
  );
}

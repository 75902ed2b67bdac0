// Under the list, where it covers nothing: what is about to be closed, and the way to take it back.
import { useTranslation } from 'react-i18next';
import { useKeys } from '../../../app/keys';
import { seconds } from '../../../i18n/format';
import { useLocalNow } from '../../../i18n/now';
import { type Closing, UNDO_MS } from '../../../live/closings';
import { useDesk, useLive } from '../../../live/store';
import { nameOf } from '../names';

export function ClosingBar() {
  const { t } = useTranslation();
  const desk = useDesk();
  const now = useLocalNow();
  const closings = useLive((live) => live.closings).filter(({ given }) => !given);
  const last = closings.at(-1);
  useKeys({ 'alt+z': last === undefined ? undefined : () => desk.closings.undo(last.id) });
  return (
    <div role="status" aria-label={t('closing.list')} className={closings.length === 0 ? 'sr-only' : 'border-t border-line bg-raised'}>
      {closings.length > 0 && (
        <ul>
          {closings.map((closing) => (
            <Line key={closing.id} closing={closing} now={now} keys={closing === last} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Line({ closing, now, keys }: { closing: Closing; now: number; keys: boolean }) {
  const { t } = useTranslation();
  const desk = useDesk();
  const name = useLive(({ model }) => {
    const conversation = model.conversations.get(closing.conversation);
    return conversation === undefined ? '' : nameOf(conversation);
  });
  return (
    <li className="flex min-h-10 items-center gap-2 px-3 py-1 text-sm">
      <span dir="auto" className="min-w-0 flex-1 truncate" title={name}>
        {t('closing.one', { name })}
      </span>
      <span aria-hidden className="text-quiet">
        {seconds(Math.min(UNDO_MS / 1_000, Math.max(1, Math.ceil((closing.due - now) / 1_000))))}
      </span>
      <button type="button" className="flex items-center gap-2 rounded px-2 py-1 font-semibold underline underline-offset-2 pointer-coarse:py-3" aria-keyshortcuts={keys ? 'Alt+Z' : undefined} onClick={() => desk.closings.undo(closing.id)}>
        {t('undo')}
        {keys && (
          <kbd aria-hidden className="pointer-coarse:hidden">
            Alt Z
          </kbd>
        )}
      </button>
    </li>
  );
}

// The agent's screen: list, conversation, context; one column at a time on a phone.
import { useNavigate, useParams, useRouter } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '../../../app/keys';
import { ContextPanel } from './ContextPanel';
import { ConversationList } from './ConversationList';
import { ConversationView } from './ConversationView';
import { StoppedNumbers } from './StoppedNumbers';

export function Inbox() {
  const { t } = useTranslation();
  const [conversationId, open] = useOpened();
  const [context, setContext] = useState(false);
  useKeys({ Escape: conversationId === undefined ? undefined : () => open(undefined) });
  return (
    <main className="flex min-h-0 min-w-0 flex-1 flex-col">
      <h1 className="sr-only">{t('inbox.title')}</h1>
      <StoppedNumbers hiddenOnPhone={conversationId !== undefined} />
      <div className="relative flex min-h-0 flex-1">
      <ConversationList chosen={conversationId} open={open} className={clsx('md:w-80', conversationId !== undefined && 'max-md:hidden')} />
      {conversationId === undefined ? (
        <Nothing />
      ) : (
        <>
          <ConversationView key={conversationId} id={conversationId} back={() => open(undefined)} context={context} toggleContext={() => setContext(!context)} />
          <ContextPanel key={`context-${conversationId}`} id={conversationId} shown={context} close={() => setContext(false)} />
        </>
      )}
      </div>
    </main>
  );
}

/** Which conversation is open. It is the chosen one before the next key comes; the address follows when it can. */
function useOpened(): [string | undefined, (id: string | undefined) => void] {
  const { conversationId: addressed } = useParams({ strict: false });
  const router = useRouter();
  const navigate = useNavigate();
  const [chosen, choose] = useState<{ id: string | undefined } | null>(null);
  useEffect(() => router.subscribe('onResolved', () => choose(null)), [router]);
  const open = useCallback(
    (id: string | undefined) => {
      choose({ id });
      // Said outright: a parameter that is left out stays what it was.
      void navigate({ to: '/inbox/{-$conversationId}', params: { conversationId: id } });
    },
    [navigate],
  );
  return [chosen === null ? addressed : chosen.id, open];
}

function Nothing() {
  const { t } = useTranslation();
  return (
    <div className="hidden min-w-0 flex-1 place-items-center p-8 text-center text-quiet md:grid">
      <div>
        <p className="text-lg text-ink">{t('inbox.nothing_open')}</p>
        <p className="mt-1">
          {t('inbox.nothing_open_hint')}{' '}
          <span className="whitespace-nowrap">
            <kbd>J</kbd> <kbd>K</kbd> · <kbd>?</kbd>
          </span>
        </p>
      </div>
    </div>
  );
}

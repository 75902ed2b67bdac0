// The frame of everything behind the sign-in: opens the live connection once, and shows rail, connection bar and page.
import i18next from 'i18next';
import { Outlet, useMatchRoute, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readMe } from '../api/http';
import { onSession, session } from '../api/session';
import { bringTexts, offerLanguage } from '../i18n';
import { setSkew } from '../i18n/now';
import { onFull } from '../live/shelf';
import { type Desk, DeskContext, openDesk, useLive } from '../live/store';
import { parts } from '../modules/desk';
import { slices } from '../modules/slices';
import { errorText } from '../ui/problem';
import { toast, Toasts } from '../ui/toasts';
import { ConnectionBar } from './ConnectionBar';
import { Help } from './Help';
import { OfflineBar } from './OfflineBar';
import { Rail } from './Rail';
import { Title } from './Title';
import { PALETTE, useKeys } from './keys';
import { type Orders, ordersHere } from './orders';
import { Palette } from './palette/Palette';
import { useSections } from './sections';

const ASK_AGAIN_MS = 3_000;
const SAY_FULL_MS = 15_000;

/** What is said on every page is there with the first one. */
export async function bringDeskTexts(): Promise<void> {
  await Promise.all(parts.flatMap(({ texts }) => (texts === undefined ? [] : [bringTexts(texts)])));
}

export function DeskLayout() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [desk, setDesk] = useState<Desk | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let opened: Desk | null = null;
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const open = async () => {
      try {
        const me = await readMe();
        if (over) return;
        opened = openDesk(me, slices);
        setDesk(opened);
        void offerLanguage(me.language);
        onFull(() => toast(i18next.t('connection.full'), 'bad', SAY_FULL_MS));
      } catch (error) {
        if (over) return;
        setProblem(errorText(error));
        timer = setTimeout(() => void open(), ASK_AGAIN_MS);
      }
    };
    void open();
    const forget = onSession(() => {
      if (session() === null) void navigate({ to: '/sign-in' });
    });
    return () => {
      over = true;
      clearTimeout(timer);
      forget();
      opened?.stop();
    };
  }, [navigate]);

  if (desk === null) {
    return (
      <main className="grid h-full place-items-center text-quiet" aria-busy="true">
        <p role="status">{problem ?? t('opening')}</p>
      </main>
    );
  }
  return (
    <DeskContext value={desk}>
      <Shell />
    </DeskContext>
  );
}

/** Rail, bars and page. */
export function Shell() {
  const navigate = useNavigate();
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState<readonly Orders[] | null>(null);
  const inConversation = useMatchRoute()({ to: '/inbox/$conversationId' as '/inbox/{-$conversationId}', fuzzy: false });
  const ended = useLive(({ connection }) => connection.phase === 'ended');
  useLive(({ skewMs }) => {
    setSkew(skewMs);
    return skewMs;
  });
  useEffect(() => {
    if (ended) void navigate({ to: '/sign-in' });
  }, [ended, navigate]);
  const places = useSections().map(({ key, link }) => [key.toLowerCase(), () => void navigate(link)] as const);
  useKeys({ '?': () => setHelp(true), [PALETTE]: () => setPalette(ordersHere()), ...Object.fromEntries(places) });
  const oneColumn = inConversation !== false && inConversation.conversationId !== undefined;
  return (
    <div className="flex h-full flex-col">
      <Title />
      <ConnectionBar />
      <OfflineBar />
      {parts.map(({ Bars }, index) => Bars && <Bars key={index} />)}
      <div className="flex min-h-0 flex-1 flex-col-reverse md:flex-row">
        <Rail help={() => setHelp(true)} hiddenOnPhone={oneColumn} />
        <Outlet />
      </div>
      {palette !== null && <Palette here={palette} help={() => setHelp(true)} close={() => setPalette(null)} />}
      {help && <Help close={() => setHelp(false)} />}
      <Toasts />
    </div>
  );
}

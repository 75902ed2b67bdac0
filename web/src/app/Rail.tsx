// Where to go, who I am to the router, and how the console looks. A column on a desk, a row at the thumb on a phone.
import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { CircleHelp, Settings2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ChosenPresence } from '../api/types';
import { chooseLanguage, LANGUAGE_NAMES, LANGUAGES } from '../i18n';
import { useDesk, useLive } from '../live/store';
import { setTheme, type Theme, theme, THEMES } from '../theme';
import { Menu } from '../ui/Menu';
import { PresenceMark } from '../ui/presence';
import { leave, remaining } from './leaving';
import { useChoosePresence } from './presence';
import { useSections } from './sections';
import { SignOut } from './SignOut';

const PRESENCES: ChosenPresence[] = ['online', 'busy', 'away', 'transfers_only', 'offline'];
const AWAY_REASONS = ['lunch', 'pause', 'training'] as const;

const item = 'flex flex-1 flex-col items-center justify-center gap-0.5 rounded-lg px-1 py-2 text-[11px]/4 text-quiet hover:bg-hover hover:text-ink md:flex-none md:w-[76px] md:px-0.5';

export function Rail({ help, hiddenOnPhone }: { help: () => void; hiddenOnPhone: boolean }) {
  const { t } = useTranslation();
  const { me } = useDesk();
  const sections = useSections();
  return (
    <nav aria-label={t('nav.label')} className={clsx('shrink-0 items-stretch border-line bg-paper p-1 max-md:border-t md:flex md:w-[84px] md:flex-col md:gap-1 md:border-e', hiddenOnPhone ? 'max-md:hidden' : 'flex')}>
      {me.agent !== null && <PresenceMenu />}
      {sections.map(({ path, link, icon: Icon, name }) => (
        <Link key={path} {...link} className={item} activeProps={{ className: 'bg-chosen !text-ink font-semibold' }}>
          <Icon aria-hidden size={20} strokeWidth={1.75} />
          {name}
        </Link>
      ))}
      <div className="hidden md:block md:flex-1" />
      <button type="button" className={item} onClick={help} aria-keyshortcuts="?">
        <CircleHelp aria-hidden size={20} strokeWidth={1.75} />
        {t('nav.help')}
      </button>
      <SettingsMenu />
    </nav>
  );
}

function PresenceMenu() {
  const { t } = useTranslation();
  const choose = useChoosePresence();
  const self = useLive(({ model }) => model.self);
  // What was asked for and not yet confirmed is shown as asked.
  const asked = useLive(({ pending }) => pending.find(({ name }) => name === 'presence'));
  if (self === null) return null;
  const shown = asked ? (asked.body as { presence: ChosenPresence }).presence : self.effective_presence;
  const word = t(`presence.${shown}`);
  return (
    <Menu
      label={t('presence.menu', { presence: word })}
      className={clsx(item, 'w-full')}
      place="top"
      sections={[
        {
          title: t('presence.title'),
          choices: PRESENCES.flatMap((presence) =>
            presence === 'away'
              ? AWAY_REASONS.map((reason) => ({
                  key: `away-${reason}`,
                  label: `${t('presence.away')} · ${t(`away.${reason}`)}`,
                  mark: <PresenceMark presence="away" />,
                  checked: self.chosen_presence === 'away' && self.away_reason === reason,
                  choose: () => choose('away', reason),
                }))
              : [{ key: presence, label: t(`presence.${presence}`), mark: <PresenceMark presence={presence} />, checked: self.chosen_presence === presence, choose: () => choose(presence) }],
          ),
        },
      ]}
    >
      <span className="grid size-5 place-items-center">
        <PresenceMark presence={shown} className="size-3" />
      </span>
      <span className="max-w-full truncate" title={word}>
        {word}
      </span>
    </Menu>
  );
}

function SettingsMenu() {
  const { t, i18n } = useTranslation();
  const desk = useDesk();
  const { me } = desk;
  const [asking, setAsking] = useState(false);
  const [look, setLook] = useState(theme());
  function chooseTheme(chosen: Theme): void {
    setTheme(chosen);
    setLook(chosen);
  }
  function signOut(): void {
    const left = remaining(desk);
    if (left.open.length === 0 && left.unsent === 0) void leave(desk);
    else setAsking(true);
  }
  return (
    <>
    <Menu
      label={t('settings.menu')}
      className={clsx(item, 'w-full')}
      place="bottom"
      sections={[
        { title: t('settings.theme'), choices: THEMES.map((theme) => ({ key: theme, label: t(`theme.${theme}`), checked: look === theme, choose: () => chooseTheme(theme) })) },
        { title: t('settings.language'), choices: LANGUAGES.map((language) => ({ key: language, label: LANGUAGE_NAMES[language], checked: i18n.language === language, choose: () => void chooseLanguage(language) })) },
        { title: `${me.user.name} · ${t(`role.${me.user.role}`)}`, choices: [{ key: 'out', label: t('sign_out'), choose: signOut }] },
      ]}
    >
      <Settings2 aria-hidden size={20} strokeWidth={1.75} />
      {t('settings.menu')}
    </Menu>
    {asking && <SignOut close={() => setAsking(false)} />}
    </>
  );
}

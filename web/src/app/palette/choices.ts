// What the palette offers for the words that were typed.
import type { LinkOptions } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { plain } from '../../i18n/plain';
import { useDesk, useLive } from '../../live/store';
import { parts } from '../../modules/desk';
import type { Order, Orders } from '../orders';
import { useSections } from '../sections';

/** Of each kind. */
const AT_MOST = 8;

interface Doing {
  help: () => void;
  go: (link: LinkOptions) => void;
}

export interface Choices {
  groups: readonly Orders[];
  /** Asks the server for what this console does not hold. */
  seek: (words: string) => void;
}

export function useChoices(here: readonly Orders[], words: string, { help, go }: Doing): Choices {
  const { t } = useTranslation();
  const desk = useDesk();
  const sections = useSections();
  // What is found changes as the desk does.
  useLive(({ version }) => version);
  const seek = useCallback((sought: string) => parts.forEach(({ seek }) => seek?.(desk, sought)), [desk]);
  const wanted = plain(words).split(/\s+/u).filter((word) => word !== '');
  const fits = ({ name }: Order) => wanted.every((word) => plain(name).includes(word));

  const places: Order[] = [
    ...sections.map(({ path, name, key, link }) => ({ key: path, name, keys: key, run: () => go(link) })),
    { key: 'help', name: t('help.title'), keys: '?', run: help },
  ];
  const found = words === '' ? [] : parts.flatMap((part) => part.find?.(desk, words, AT_MOST).map(({ link, ...one }) => ({ ...one, run: () => go(link) })) ?? []);
  const begins = ({ name }: Order) => (plain(name).startsWith(plain(words)) ? 0 : 1);
  // What cannot be done now is there to say why, behind everything else.
  const rests = ({ run }: Order) => (run === undefined ? 1 : 0);
  const fitting = (orders: readonly Order[]) => orders.filter(fits).sort((a, b) => rests(a) - rests(b) || begins(a) - begins(b));
  const restsWhole = ({ orders }: Orders) => Math.min(...orders.map(rests));
  const groups = [...here.map(({ title, orders }) => ({ title, orders: fitting(orders) })), { title: t('palette.go'), orders: fitting(places) }, { title: t('palette.found'), orders: found }];
  return { groups: groups.filter(({ orders }) => orders.length > 0).sort((a, b) => restsWhole(a) - restsWhole(b)), seek };
}

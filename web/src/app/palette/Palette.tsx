// Everything by its name: what may be done here, where one may go, and whom one looks for. Arrows move, Enter does it.
import { useNavigate } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { type KeyboardEvent, useDeferredValue, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { leaveField } from '../hands';
import { isPaletteKey } from '../keys';
import type { Order, Orders } from '../orders';
import { useChoices } from './choices';

const SEEK_AFTER_MS = 250;

interface Props {
  /** What may be done with what is on the page. */
  here: readonly Orders[];
  help: () => void;
  close: () => void;
}

export function Palette({ here, help, close }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const dialog = useRef<HTMLDialogElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const id = useId();
  const sought = useDeferredValue(words.trim());
  const { groups, seek } = useChoices(here, sought, { help, go: (link) => void navigate(link) });
  const choices = groups.flatMap(({ orders }) => orders);
  const active = choices[Math.min(at, choices.length - 1)];

  useLayoutEffect(() => {
    const [shown, input] = [dialog.current, field.current];
    shown?.showModal();
    return () => {
      // Whoever leaves it by Escape or with a choice does not write in it any more.
      if (input !== null) leaveField(input);
      shown?.close();
    };
  }, []);
  useEffect(() => {
    if (sought === '') return;
    const timer = setTimeout(() => seek(sought), SEEK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [seek, sought]);

  function move(to: number): void {
    const next = choices.length === 0 ? 0 : (to + choices.length) % choices.length;
    setAt(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
  }

  /** The page has the focus again before it is done: what it does with it holds. */
  function take(order: Order | undefined): void {
    const run = order?.run;
    if (run === undefined) return;
    flushSync(close);
    run();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'ArrowDown') move(at + 1);
    else if (event.key === 'ArrowUp') move(at - 1);
    else if (event.key === 'Enter') take(active);
    else if (isPaletteKey(event)) close();
    else return;
    event.preventDefault();
  }

  return (
    <dialog
      ref={dialog}
      aria-label={t('palette.title')}
      onClose={({ currentTarget }) => !currentTarget.open && close()}
      // A press beside it.
      onClick={({ target, currentTarget }) => target === currentTarget && close()}
      className="mt-[12vh] w-[min(560px,calc(100vw-32px))] overflow-hidden rounded-xl border border-line bg-raised p-0 shadow-xl"
    >
      <div className="flex max-h-[min(480px,76dvh)] flex-col">
        <input
          ref={field}
          className="min-h-12 shrink-0 border-b border-line bg-transparent px-4 text-lg placeholder:text-quiet focus:outline-none"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={active === undefined ? undefined : `${id}-${choices.indexOf(active)}`}
          aria-autocomplete="list"
          aria-label={t('palette.search')}
          placeholder={t('palette.search')}
          autoComplete="off"
          value={words}
          onChange={({ target }) => {
            setWords(target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <div id={`${id}-list`} role="listbox" aria-label={t('palette.title')} className="min-h-0 flex-1 overflow-y-auto p-1 empty:hidden">
          {groups.map(({ title, orders }) => (
            <div key={title} role="group" aria-label={title} className="pb-1">
              <div aria-hidden className="truncate px-3 pt-2 pb-1 text-xs text-quiet">
                {title}
              </div>
              {orders.map((order) => (
                <Choice key={order.key} id={`${id}-${choices.indexOf(order)}`} order={order} active={order === active} take={() => take(order)} />
              ))}
            </div>
          ))}
        </div>
        <p role="status" className="px-4 py-3 text-quiet empty:hidden">
          {choices.length === 0 ? t('palette.none', { words: sought }) : ''}
        </p>
      </div>
    </dialog>
  );
}

function Choice({ id, order: { name, keys, run, why, about }, active, take }: { id: string; order: Order & { about?: string }; active: boolean; take: () => void }) {
  return (
    <div
      id={id}
      role="option"
      aria-selected={active}
      aria-disabled={run === undefined}
      className={clsx('flex min-h-9 items-center gap-3 rounded-lg px-3 py-1 pointer-coarse:min-h-11', active ? 'bg-chosen' : 'hover:bg-hover', run === undefined && 'text-quiet')}
      onClick={take}
    >
      <span dir="auto" className="min-w-0 truncate">
        {name}
      </span>
      <span className="min-w-0 flex-1 shrink-2 truncate text-sm text-quiet">{why ?? about}</span>
      {keys !== undefined && (
        <span aria-hidden className="flex shrink-0 gap-1 pointer-coarse:hidden">
          {keys.split(' ').map((key) => (
            <kbd key={key}>{key}</kbd>
          ))}
        </span>
      )}
    </div>
  );
}

// A picture over the whole window, and the other pictures of the conversation one arrow away.
import { ChevronLeft, ChevronRight, Download, X, ZoomIn, ZoomOut } from 'lucide-react';
import { clsx } from 'clsx';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Id, Message } from '../../../../api/types';
import { moment } from '../../../../i18n/format';
import { useLive } from '../../../../live/store';
import { useTalk } from '../talk';
import { useMedia } from './useMedia';

const NONE: never[] = [];

function isPicture({ content, media }: Message): boolean {
  return content.type === 'media' && content.kind === 'image' && media?.state === 'ready';
}

export function Viewer({ first, close }: { first: Id; close: () => void }) {
  const { t } = useTranslation();
  const { id, customer } = useTalk();
  const messages = useLive(({ model }) => model.chats.get(id)?.messages ?? NONE);
  const pictures = useMemo(() => messages.filter(isPicture), [messages]);
  const [shown, setShown] = useState(first);
  const [large, setLarge] = useState(false);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const at = pictures.findIndex((message) => message.id === shown);
  const message = pictures[at];
  const go = (to: number) => {
    const next = pictures[to];
    if (next === undefined) return;
    setShown(next.id);
    setLarge(false);
  };
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'ArrowLeft') go(at - 1);
    else if (event.key === 'ArrowRight') go(at + 1);
    else if (event.key === '+' || event.key === '-') setLarge(event.key === '+');
    else return;
    event.preventDefault();
  }
  const caption = message?.content.type === 'media' ? message.content.caption : null;
  return (
    <dialog ref={dialog} aria-label={t('media.viewer')} onClose={close} onKeyDown={onKeyDown} className="fixed inset-0 m-0 h-dvh max-h-none w-dvw max-w-none flex-col bg-paper open:flex">
      <header className="flex items-center gap-2 border-b border-line bg-panel px-3 py-1">
        {message !== undefined && (
          <p className="min-w-0 flex-1 truncate text-sm text-quiet">
            <span className="font-medium text-ink">{message.direction === 'outbound' ? t('message.us') : customer}</span> · {moment(message.recorded_at)}
            {pictures.length > 1 && ` · ${t('media.nth', { n: at + 1, of: pictures.length })}`}
          </p>
        )}
        <button type="button" className="icon-button" aria-label={t(large ? 'media.smaller' : 'media.larger')} title={t(large ? 'media.smaller' : 'media.larger')} onClick={() => setLarge(!large)}>
          {large ? <ZoomOut aria-hidden size={18} /> : <ZoomIn aria-hidden size={18} />}
        </button>
        {message !== undefined && <Save message={message} />}
        <button type="button" className="icon-button" aria-label={t('close_dialog')} title={t('close_dialog')} onClick={() => dialog.current?.close()}>
          <X aria-hidden size={18} />
        </button>
      </header>
      <div className="relative min-h-0 flex-1">
        {message === undefined ? <p className="p-8 text-center text-quiet">{t('media.gone')}</p> : <Large key={message.id} message={message} large={large} word={caption ?? t('kind.image')} />}
        {at > 0 && <Step side="start" label={t('media.previous')} go={() => go(at - 1)} />}
        {at >= 0 && at < pictures.length - 1 && <Step side="end" label={t('media.next')} go={() => go(at + 1)} />}
      </div>
      {caption !== null && (
        <p dir="auto" className="max-h-32 overflow-y-auto border-t border-line bg-panel px-4 py-3 text-center">
          {caption}
        </p>
      )}
    </dialog>
  );
}

function Large({ message, large, word }: { message: Message; large: boolean; word: string }) {
  const { t } = useTranslation();
  const media = useMedia(message);
  if (media.url === null) {
    return (
      <div className="grid h-full place-items-center text-center">
        <div>
          <p>{t('media.broken')}</p>
          <button type="button" className="button mt-3" onClick={media.retry}>
            {t('media.again')}
          </button>
        </div>
      </div>
    );
  }
  return (
    <div className={clsx('h-full', large ? 'overflow-auto' : 'flex items-center justify-center overflow-hidden p-4')} tabIndex={large ? 0 : undefined}>
      <img key={media.version} src={media.url} alt={word} className={large ? 'max-w-none' : 'max-h-full max-w-full object-contain'} onError={media.failed} onLoad={media.loaded} />
    </div>
  );
}

function Save({ message }: { message: Message }) {
  const { t } = useTranslation();
  const { url } = useMedia(message);
  if (url === null) return null;
  return (
    <a href={url} download className="icon-button" aria-label={t('media.save')} title={t('media.save')}>
      <Download aria-hidden size={18} />
    </a>
  );
}

function Step({ side, label, go }: { side: 'start' | 'end'; label: string; go: () => void }) {
  const Icon = side === 'start' ? ChevronLeft : ChevronRight;
  return (
    <button type="button" className={clsx('absolute top-1/2 grid size-11 -translate-y-1/2 place-items-center rounded-full border border-line bg-raised shadow-md', side === 'start' ? 'start-3' : 'end-3')} aria-label={label} title={label} onClick={go}>
      <Icon aria-hidden size={20} />
    </button>
  );
}

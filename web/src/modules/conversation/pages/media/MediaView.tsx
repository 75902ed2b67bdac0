// A message's file in its place: a picture, a sound, a film, a document, or the words for why it is not there.
import { CircleAlert, Download, File, FileX, Film, Image, LoaderCircle, type LucideIcon, Mic, Music, Sticker } from 'lucide-react';
import { type MouseEvent, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { MediaContent, Message } from '../../../../api/types';
import { bytes } from '../../../../i18n/format';
import { useTalk } from '../talk';
import { type Media, useMedia } from './useMedia';
import { VoiceNote } from './VoiceNote';

const ICONS: Partial<Record<MediaContent['kind'], LucideIcon>> = { image: Image, video: Film, audio: Music, document: File, sticker: Sticker };

interface Props {
  message: Message;
  content: MediaContent;
}

export function MediaView({ message, content }: Props) {
  const { t } = useTranslation();
  const media = useMedia(message);
  const word = content.voice ? t('kind.voice') : t(`kind.${content.kind}`);
  const state = message.media?.state ?? 'not_fetched';
  if (state !== 'ready') return <Absent message={message} content={content} word={word} />;
  const { url } = media;
  if (url === null) return <Broken content={content} word={word} retry={media.retry} />;
  switch (content.kind) {
    case 'image':
      return <Picture key={media.version} message={message} media={media} url={url} word={content.caption ?? word} />;
    case 'sticker':
      return <img key={media.version} src={url} alt={word} loading="lazy" draggable={false} className="size-32 object-contain" onError={media.failed} onLoad={media.loaded} />;
    case 'video':
      return <Video media={media} url={url} word={content.caption ?? word} />;
    case 'audio':
      return <VoiceNote message={message} media={media} url={url} word={word} />;
    default:
      return <Paper message={message} content={content} media={media} url={url} />;
  }
}

function Frame({ icon, title, line, children }: { icon: React.ReactNode; title: string; line: string; children?: React.ReactNode }) {
  return (
    <div className="flex min-w-48 items-center gap-3">
      <span className="grid size-10 shrink-0 place-items-center rounded-lg bg-hover text-quiet">{icon}</span>
      <div className="min-w-0">
        <p dir="auto" className="truncate font-medium" title={title}>
          {title}
        </p>
        <p className="text-sm text-quiet">{line}</p>
        {children}
      </div>
    </div>
  );
}

function Absent({ message, content, word }: Props & { word: string }) {
  const { t } = useTranslation();
  const state = message.media?.state ?? 'not_fetched';
  const Icon = state === 'failed' ? CircleAlert : state === 'gone' ? FileX : content.voice ? Mic : (ICONS[content.kind] ?? File);
  // What we sent by a link lies where the link points; it was never ours to show.
  const line = message.direction === 'outbound' && state === 'not_fetched' ? t('media.by_link') : t(`media.${state}`, { defaultValue: state });
  const icon = state === 'fetching' ? <LoaderCircle aria-hidden size={18} className="animate-spin" /> : <Icon aria-hidden size={18} />;
  const reason = message.media?.reason;
  return (
    <Frame icon={icon} title={content.filename ?? word} line={line}>
      {reason && <p className="text-xs text-quiet">{t('media.reason', { reason })}</p>}
    </Frame>
  );
}

function Broken({ content, word, retry }: { content: MediaContent; word: string; retry: () => void }) {
  const { t } = useTranslation();
  return (
    <Frame icon={<CircleAlert aria-hidden size={18} />} title={content.filename ?? word} line={t('media.broken')}>
      <button type="button" className="text-sm font-semibold underline underline-offset-2" onClick={retry}>
        {t('media.again')}
      </button>
    </Frame>
  );
}

/** Of one height whatever it shows, so that nothing moves when it has come. */
function Picture({ message, media, url, word }: { message: Message; media: Media; url: string; word: string }) {
  const { t } = useTranslation();
  const { view } = useTalk();
  return (
    <button type="button" className="-mx-1 block max-w-[calc(100%+8px)] cursor-zoom-in overflow-hidden rounded-lg bg-hover" aria-label={t('media.open', { what: word })} onClick={() => view(message.id)}>
      <img src={url} alt="" loading="lazy" draggable={false} className="h-60 min-w-40 max-w-full object-cover" onError={media.failed} onLoad={media.loaded} />
    </button>
  );
}

/** Where its address ends while it is played, it goes on at the same place from a fresh one. */
function Video({ media, url, word }: { media: Media; url: string; word: string }) {
  const element = useRef<HTMLVideoElement>(null);
  const place = useRef({ at: 0, playing: false });
  useEffect(() => {
    const video = element.current;
    if (video === null || media.version === 0) return;
    video.currentTime = place.current.at;
    if (place.current.playing) video.play().catch(() => undefined);
  }, [media.version, url]);
  return (
    <video
      ref={element}
      src={url}
      controls
      playsInline
      preload="metadata"
      aria-label={word}
      className="-mx-1 h-60 max-w-[calc(100%+8px)] rounded-lg bg-black"
      onTimeUpdate={({ currentTarget }) => (place.current = { at: currentTarget.currentTime, playing: !currentTarget.paused })}
      onLoadedData={media.loaded}
      onError={media.failed}
    />
  );
}

function Paper({ message, content, media, url }: Props & { media: Media; url: string }) {
  const { t } = useTranslation();
  const name = content.filename ?? t('kind.document');
  const about = [extension(content), message.media?.size_bytes == null ? null : bytes(message.media.size_bytes)].filter((part) => part !== null && part !== '').join(' · ');
  /** The address may have ended long ago: it is asked for anew first, and only then followed. */
  function save(event: MouseEvent<HTMLAnchorElement>): void {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    void media.renew().then((fresh) => {
      if (fresh !== null) Object.assign(document.createElement('a'), { href: fresh, download: name }).click();
    });
  }
  return (
    <a href={url} download={name} onClick={save} className="-mx-1 flex max-w-[calc(100%+8px)] min-w-56 items-center gap-3 rounded-lg px-1 py-0.5 hover:bg-hover">
      <span className="grid size-10 shrink-0 place-items-center rounded-lg bg-hover text-quiet">
        <File aria-hidden size={18} />
      </span>
      <span className="min-w-0 grow">
        <span dir="auto" className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className="block text-sm text-quiet">{about}</span>
      </span>
      <Download aria-label={t('media.save')} size={18} className="shrink-0 text-quiet" />
    </a>
  );
}

/** "PDF", from the name or else from the type. */
function extension({ filename, mime_type }: MediaContent): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(filename ?? '')?.[1] ?? mime_type?.split(';')[0]?.split(/[/.+-]/).at(-1) ?? '';
  return ending.length > 5 ? '' : ending.toUpperCase();
}

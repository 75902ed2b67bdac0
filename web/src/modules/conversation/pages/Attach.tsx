// A file that lies somewhere on the web is sent by its address: WhatsApp fetches it from there.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Id, MediaKind, Message } from '../../../api/types';
import { useDesk } from '../../../live/store';
import { Dialog } from '../../../ui/Dialog';

const KINDS: readonly MediaKind[] = ['image', 'video', 'audio', 'document', 'sticker'];
/** What WhatsApp takes as what; all else is a document. */
const ENDINGS: Record<string, MediaKind> = { jpg: 'image', jpeg: 'image', png: 'image', mp4: 'video', '3gp': 'video', aac: 'audio', amr: 'audio', mp3: 'audio', m4a: 'audio', ogg: 'audio', opus: 'audio', webp: 'sticker' };
const LONGEST_CAPTION = 1_024;

interface Props {
  conversation: Id;
  answering: Message | null;
  sent: () => void;
  close: () => void;
}

export function Attach({ conversation, answering, sent, close }: Props) {
  const { t } = useTranslation();
  const { command } = useDesk();
  const [link, setLink] = useState('');
  const [kind, setKind] = useState<MediaKind | null>(null);
  const [caption, setCaption] = useState('');
  const [name, setName] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const file = fileIn(link);
  const sentAs = kind ?? ENDINGS[file.split('.').at(-1)?.toLowerCase() ?? ''] ?? 'document';
  const wrong = !isHttps(link);

  function send(): void {
    setTried(true);
    if (wrong) return;
    const words = caption.trim();
    const filename = (name ?? file).trim();
    const media = { kind: sentAs, link: link.trim(), ...(words === '' || !hasCaption(sentAs) ? {} : { caption: words }), ...(filename === '' || sentAs !== 'document' ? {} : { filename }) };
    // A refusal is shown at the message itself.
    command('send', { conversation_id: conversation, type: 'media', media, ...(answering === null ? {} : { reply_to: answering.id }) }).catch(() => undefined);
    sent();
    close();
  }

  return (
    <Dialog title={t('attach.title')} close={close}>
      <form
        noValidate
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <label className="flex flex-col gap-1">
          {t('attach.link')}
          <input className="field" type="url" inputMode="url" autoComplete="off" required value={link} aria-invalid={tried && wrong} onChange={(event) => setLink(event.target.value)} />
        </label>
        <p role={tried && wrong ? 'alert' : undefined} className={tried && wrong ? 'text-sm text-bad' : 'text-sm text-quiet'}>
          {t(tried && wrong ? 'attach.not_https' : 'attach.hint')}
        </p>
        <label className="flex flex-col gap-1">
          {t('attach.kind')}
          <select className="field" value={sentAs} onChange={(event) => setKind(event.target.value as MediaKind)}>
            {KINDS.map((one) => (
              <option key={one} value={one}>
                {t(`kind.${one}`)}
              </option>
            ))}
          </select>
        </label>
        {sentAs === 'document' && (
          <label className="flex flex-col gap-1">
            {t('attach.filename')}
            <input className="field" value={name ?? file} maxLength={240} onChange={(event) => setName(event.target.value)} />
          </label>
        )}
        {hasCaption(sentAs) && (
          <label className="flex flex-col gap-1">
            {t('attach.caption')}
            <textarea dir="auto" rows={2} className="field py-2" maxLength={LONGEST_CAPTION} value={caption} onChange={(event) => setCaption(event.target.value)} />
          </label>
        )}
        <button type="submit" className="button ink self-end">
          {t('composer.send')}
        </button>
      </form>
    </Dialog>
  );
}

function hasCaption(kind: MediaKind): boolean {
  return kind === 'image' || kind === 'video' || kind === 'document';
}

function isHttps(link: string): boolean {
  return URL.canParse(link.trim()) && new URL(link.trim()).protocol === 'https:';
}

/** The last part of the path, as it reads. */
function fileIn(link: string): string {
  if (!URL.canParse(link.trim())) return '';
  const last = new URL(link.trim()).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

// A voice note: play, a place in it, and how fast.
import { Pause, Play } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../../../api/types';
import { speed as speedText, waited } from '../../../../i18n/format';
import { nextSpeed, seek, toggle, usePlayer } from './player';
import type { Media } from './useMedia';

export function VoiceNote({ message, media, url, word }: { message: Message; media: Media; url: string; word: string }) {
  const { t } = useTranslation();
  const { id } = message;
  const length = useLength(url);
  const playing = usePlayer((player) => player.id === id && player.playing);
  const at = usePlayer((player) => (player.id === id ? player.at : 0));
  const speed = usePlayer((player) => player.speed);
  const whole = length ?? 0;
  return (
    <div role="group" aria-label={word} className="flex w-64 max-w-full items-center gap-2">
      <button type="button" className="grid size-10 shrink-0 place-items-center rounded-full bg-ink text-panel" aria-label={t(playing ? 'media.pause' : 'media.play', { what: word })} onClick={() => toggle(id, url, media.renew)}>
        {playing ? <Pause aria-hidden size={18} fill="currentColor" strokeWidth={0} /> : <Play aria-hidden size={18} fill="currentColor" strokeWidth={0} className="ms-0.5" />}
      </button>
      <div className="min-w-0 flex-1">
        <input
          type="range"
          className="slider w-full"
          aria-label={t('media.place')}
          aria-valuetext={`${waited(at * 1_000)} / ${waited(whole * 1_000)}`}
          min={0}
          max={Math.max(whole, 0.1)}
          step={0.1}
          value={Math.min(at, whole)}
          onChange={(event) => {
            if (usePlayer.getState().id !== id) toggle(id, url, media.renew);
            seek(id, Number(event.target.value));
          }}
        />
        <p className="flex justify-between text-xs text-quiet">
          <span>{waited(at * 1_000)}</span>
          <span>{length === null ? '' : waited(whole * 1_000)}</span>
        </p>
      </div>
      <button type="button" className="min-w-10 rounded-full border border-line px-1.5 py-0.5 text-xs font-semibold hover:bg-hover pointer-coarse:py-2" aria-label={t('media.speed', { speed: speedText(speed) })} title={t('media.speed', { speed: speedText(speed) })} onClick={nextSpeed}>
        {speedText(speed)}
      </button>
    </div>
  );
}

/** Seconds; null as long as the file has not told. */
function useLength(url: string): number | null {
  const [length, setLength] = useState<number | null>(null);
  useEffect(() => {
    const probe = new Audio();
    probe.preload = 'metadata';
    probe.onloadedmetadata = () => setLength(Number.isFinite(probe.duration) ? probe.duration : null);
    probe.src = url;
    return () => {
      probe.onloadedmetadata = null;
      probe.removeAttribute('src');
    };
  }, [url]);
  return length;
}

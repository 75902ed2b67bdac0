// Presence as a mark and a word; never the colour alone.
import { clsx } from 'clsx';
import type { EffectivePresence } from '../api/types';

/** A presence of a newer server looks like being away from us. */
const LOOKS: Partial<Record<EffectivePresence, string>> = {
  online: 'bg-good',
  busy: 'bg-bad',
  away: 'bg-pause',
  transfers_only: 'border-2 border-good',
  offline: 'border-2 border-edge',
  not_responding: 'bg-now',
  disconnected: 'border-2 border-now',
};

export function PresenceMark({ presence, className }: { presence: EffectivePresence; className?: string }) {
  return <span aria-hidden className={clsx('inline-block size-2.5 shrink-0 rounded-full', LOOKS[presence] ?? 'border-2 border-edge', className)} />;
}

// How far a message got: clock, one tick, two ticks, blue, red; each with its word for ears and hovering.
import { clsx } from 'clsx';
import { Ban, Check, CheckCheck, CircleAlert, Clock3, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Status } from '../../../api/types';

const MARKS = {
  received: null,
  queued: Clock3,
  sending: Clock3,
  unknown: TriangleAlert,
  sent: Check,
  delivered: CheckCheck,
  read: CheckCheck,
  played: CheckCheck,
  failed: CircleAlert,
  cancelled: Ban,
} as const;

/** `waiting`: not even the server has it yet. */
export function StatusMark({ status, size = 16 }: { status: Status | 'waiting'; size?: number }) {
  const { t } = useTranslation();
  const Mark = status === 'waiting' ? Clock3 : MARKS[status];
  if (!Mark) return null;
  const word = t(`status.${status}`);
  return (
    <span title={word} data-status={status} className={clsx('inline-flex shrink-0', status === 'read' || status === 'played' ? 'text-seen' : status === 'failed' ? 'text-bad' : status === 'unknown' ? 'text-pause' : 'text-quiet')}>
      <Mark aria-hidden size={size} strokeWidth={2} />
      <span className="sr-only">{word}</span>
    </span>
  );
}

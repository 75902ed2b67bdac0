// Short words at the edge of the screen: what was refused and why. Read out by screen readers, gone by themselves or by a press.
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';
import { errorText } from './problem';

interface Toast {
  id: number;
  text: string;
  /** `now`: it needs a person now. */
  tone: 'plain' | 'bad' | 'now';
  action?: { label: string; run: () => void } | undefined;
}

const AT_MOST = 4;
let last = 0;
const useToasts = create<{ toasts: Toast[] }>(() => ({ toasts: [] }));

/** Shows it for `ms`; the answer takes it away earlier. */
export function toast(text: string, tone: Toast['tone'] = 'plain', ms = 6_000, action?: Toast['action']): () => void {
  last += 1;
  const id = last;
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, { id, text, tone, action }].slice(-AT_MOST) }));
  setTimeout(() => takeAway(id), ms);
  return () => takeAway(id);
}

/** So long something that was done can be taken back. */
const UNDO_MS = 5_000;

/** Says what was done, and takes it back where somebody wants that. */
export function toastUndo(text: string, undo: () => void): void {
  const away = toast(text, 'plain', UNDO_MS, {
    label: i18next.t('undo'),
    run() {
      away();
      undo();
    },
  });
}

/** Says why something was not done. */
export function toastError(error: unknown): void {
  toast(errorText(error), 'bad');
}

function takeAway(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
}

export function Toasts() {
  const { t } = useTranslation();
  const toasts = useToasts((state) => state.toasts);
  return (
    <div role="status" aria-live="polite" aria-label={t('toast.region')} className="pointer-events-none fixed inset-x-0 bottom-16 z-40 flex flex-col items-center gap-2 px-4 md:bottom-24">
      {toasts.map(({ id, text, tone, action }) => (
        <div key={id} className={clsx('pointer-events-auto flex max-w-xl items-center gap-1 rounded-lg border bg-raised py-1 ps-4 pe-1 shadow-lg', tone === 'bad' ? 'border-bad text-bad' : tone === 'now' ? 'border-now text-now' : 'border-line')}>
          <span className="py-1">{text}</span>
          {action && (
            <button type="button" className="rounded px-2 py-1 font-semibold text-ink underline underline-offset-2" onClick={action.run}>
              {action.label}
            </button>
          )}
          <button type="button" className="icon-button" aria-label={t('toast.dismiss')} title={t('toast.dismiss')} onClick={() => takeAway(id)}>
            <X aria-hidden size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}

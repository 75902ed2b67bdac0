// Short words at the edge of the screen: what was refused and why. Read out by screen readers, gone by themselves or by a press.
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';
import { errorText } from './problem';

interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
}

const AT_MOST = 4;
let last = 0;
const useToasts = create<{ toasts: Toast[] }>(() => ({ toasts: [] }));

/** Shows it for `ms`. */
export function toast(text: string, tone: Toast['tone'] = 'plain', ms = 6_000): void {
  last += 1;
  const id = last;
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, { id, text, tone }].slice(-AT_MOST) }));
  setTimeout(() => takeAway(id), ms);
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
    <div role="status" aria-live="polite" aria-label={t('toast.region')} className="pointer-events-none fixed inset-x-0 bottom-16 z-40 flex flex-col items-center gap-2 px-4 md:bottom-6">
      {toasts.map(({ id, text, tone }) => (
        <div key={id} className={clsx('pointer-events-auto flex max-w-xl items-center gap-1 rounded-lg border bg-raised py-1 ps-4 pe-1 shadow-lg', tone === 'bad' ? 'border-bad text-bad' : 'border-line')}>
          <span className="py-1">{text}</span>
          <button type="button" className="icon-button" aria-label={t('toast.dismiss')} title={t('toast.dismiss')} onClick={() => takeAway(id)}>
            <X aria-hidden size={16} />
          </button>
        </div>
      ))}
    </div>
  );
}

// Short words at the edge of the screen: what was refused and why, what can be undone. Read out by screen readers.
import { clsx } from 'clsx';
import { useTranslation } from 'react-i18next';
import { create } from 'zustand';

export interface Toast {
  id: number;
  text: string;
  tone: 'plain' | 'bad';
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
  const away = () => useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));
  setTimeout(away, ms);
  return away;
}

export function Toasts() {
  const { t } = useTranslation();
  const toasts = useToasts((state) => state.toasts);
  return (
    <div role="status" aria-live="polite" aria-label={t('toast.region')} className="pointer-events-none fixed inset-x-0 bottom-16 z-40 flex flex-col items-center gap-2 px-4 md:bottom-6">
      {toasts.map(({ id, text, tone, action }) => (
        <div key={id} className={clsx('pointer-events-auto flex max-w-xl items-center gap-3 rounded-lg border bg-raised px-4 py-2 shadow-lg', tone === 'bad' ? 'border-bad text-bad' : 'border-line')}>
          <span>{text}</span>
          {action && (
            <button type="button" className="rounded px-2 py-1 font-semibold text-ink underline underline-offset-2" onClick={action.run}>
              {action.label}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}

// A modal of the browser's own kind: it holds the focus, Escape closes it, and the focus goes back where it was.
import { X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

export function Dialog({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-label={title} onClose={close} className="w-[min(640px,calc(100vw-32px))] rounded-xl border border-line bg-raised shadow-xl">
      <header className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 className="text-lg font-semibold">{title}</h2>
        <button type="button" className="icon-button" aria-label={t('close_dialog')} onClick={() => dialog.current?.close()}>
          <X aria-hidden size={18} />
        </button>
      </header>
      <div className="max-h-[75vh] overflow-y-auto p-4">{children}</div>
    </dialog>
  );
}

// A modal of the browser's own kind: it holds the focus, Escape closes it, and the focus goes back where it was.
import { clsx } from 'clsx';
import { X } from 'lucide-react';
import { type ReactNode, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Ask, type Layer, LayerContext } from './layer';
import { isPhone } from './phone';

interface Props {
  title: string;
  /** Called when it is gone. */
  close: () => void;
  children: ReactNode;
}

/** In the middle of the page. */
export function Dialog(props: Props) {
  return <Modal {...props} className="w-[min(640px,calc(100vw-32px))] rounded-xl border" inner="max-h-[75vh]" />;
}

/** Beside the page: what belongs to one row of it. Over the whole page on a phone. */
export function Drawer(props: Props) {
  return <Modal {...props} className="m-0 ms-auto h-dvh max-h-none w-[min(480px,100vw)] max-w-none border-s" inner="h-[calc(100dvh-49px)]" />;
}

function Modal({ title, close, children, className, inner }: Props & { className: string; inner: string }) {
  const { t } = useTranslation();
  const dialog = useRef<HTMLDialogElement>(null);
  const ask = useRef<Ask | null>(null);
  const [element, setElement] = useState<HTMLElement | null>(null);
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    setElement(shown);
    // The browser takes the first button, which is the cross. On a phone a field would bring up the keyboard.
    const first = isPhone() ? '[data-focus]' : '[data-focus], input, textarea';
    shown?.querySelector<HTMLElement>(first)?.focus();
    // Whoever takes it off the page closes it first: the focus goes back.
    return () => shown?.close();
  }, []);
  const layer = useMemo<Layer>(
    () => ({
      element,
      guard(asked) {
        ask.current = asked;
        return () => {
          if (ask.current === asked) ask.current = null;
        };
      },
    }),
    [element],
  );

  function leave(): void {
    const shut = () => dialog.current?.close();
    if (ask.current === null) shut();
    else ask.current(shut);
  }

  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={({ currentTarget }) => !currentTarget.open && close()}
      // Taken by the key: a browser lets nobody hold back the second `cancel` in a row.
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented || ask.current === null || (event.target as Element).closest('dialog') !== event.currentTarget) return;
        event.preventDefault();
        leave();
      }}
      onCancel={(event) => {
        if (event.target !== event.currentTarget || ask.current === null) return;
        event.preventDefault();
        leave();
      }}
      className={clsx('border-line bg-raised shadow-xl', className)}
    >
      <header className="flex items-center justify-between border-b border-line px-4 py-2">
        <h2 className="text-lg font-semibold">{title}</h2>
        <button type="button" className="icon-button" aria-label={t('close_dialog')} onClick={leave}>
          <X aria-hidden size={18} />
        </button>
      </header>
      <div className={clsx('overflow-y-auto p-4', inner)}>
        <LayerContext value={layer}>{children}</LayerContext>
      </div>
    </dialog>
  );
}

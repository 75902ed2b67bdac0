// A menu over everything, beside the button that opened it, wherever that stands: in a scroll, under another row.
import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from 'react';
import { itemsOf, moveFocus } from './arrows';

const GAP_PX = 4;
const EDGE_PX = 8;

interface Props {
  label: string;
  anchor: HTMLElement;
  /** Called when it is gone, whichever way it went. */
  close: () => void;
  children: ReactNode;
}

export function Popover({ label, anchor, close, children }: Props) {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const shown = menu.current;
    if (shown === null) return;
    shown.showPopover();
    place(shown, anchor);
    itemsOf(shown)[0]?.focus();
  }, [anchor]);

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.key === 'Escape' || event.key === 'Tab') {
      menu.current?.hidePopover();
      anchor.focus();
    } else if (!moveFocus(event)) return;
    event.stopPropagation();
    if (event.key !== 'Tab') event.preventDefault();
  }

  return (
    <div ref={menu} popover="auto" role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown} onToggle={({ newState }) => newState === 'closed' && close()} className="fixed inset-auto m-0 rounded-lg border border-line bg-raised p-1 text-ink shadow-lg">
      {children}
    </div>
  );
}

/** Under the button where there is room, else over it; never past the edge of the window. */
function place(menu: HTMLElement, anchor: HTMLElement): void {
  const button = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const under = button.bottom + GAP_PX;
  const top = under + height > window.innerHeight - EDGE_PX ? button.top - GAP_PX - height : under;
  const left = button.left + button.width / 2 > window.innerWidth / 2 ? button.right - width : button.left;
  menu.style.top = `${Math.max(EDGE_PX, top)}px`;
  menu.style.left = `${Math.max(EDGE_PX, Math.min(left, window.innerWidth - width - EDGE_PX))}px`;
}

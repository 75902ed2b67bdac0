// A button that opens a short list of choices: arrows move, letters find, Escape returns to the button.
import { clsx } from 'clsx';
import { Check } from 'lucide-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { itemsOf, moveFocus } from './arrows';

export interface Choice {
  key: string;
  label: string;
  mark?: ReactNode;
  /** Set for one of several: shows which holds. */
  checked?: boolean;
  choose: () => void;
}

interface Props {
  label: string;
  /** The button's face. */
  children: ReactNode;
  sections: { title?: string; choices: Choice[] }[];
  className?: string;
  /** Where in the rail the button stands: the list opens beside it on a desk, above it on a phone. */
  place: 'top' | 'bottom';
}

export function Menu({ label, children, sections, className, place }: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const items = itemsOf(list.current);
    (items.find((item) => item.ariaChecked === 'true') ?? items[0])?.focus();
    const outside = ({ target }: PointerEvent) => {
      const inside = target instanceof Node && (list.current?.contains(target) === true || button.current?.contains(target) === true);
      if (!inside) setOpen(false);
    };
    document.addEventListener('pointerdown', outside);
    return () => document.removeEventListener('pointerdown', outside);
  }, [open]);

  function close(): void {
    setOpen(false);
    button.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.key === 'Escape' || event.key === 'Tab') close();
    else if (!moveFocus(event)) return;
    event.stopPropagation();
    if (event.key !== 'Tab') event.preventDefault();
  }

  return (
    <div className="relative flex flex-1 md:flex-none">
      <button ref={button} type="button" aria-label={label} title={label} aria-haspopup="menu" aria-expanded={open} aria-controls={open ? id : undefined} className={className} onClick={() => setOpen(!open)}>
        {children}
      </button>
      {open && (
        <div
          ref={list}
          id={id}
          role="menu"
          aria-label={label}
          tabIndex={-1}
          onKeyDown={onKeyDown}
          className={clsx(
            'absolute z-30 max-h-[70vh] min-w-52 overflow-y-auto rounded-lg border border-line bg-raised py-1 shadow-lg max-md:bottom-full max-md:mb-2 md:start-full md:ms-2',
            place === 'top' ? 'max-md:start-0 md:top-0' : 'max-md:end-0 md:bottom-0',
          )}
        >
          {sections.map(({ title, choices }, index) => (
            <div key={title ?? index} role="group" aria-label={title} className={clsx(index > 0 && 'mt-1 border-t border-line pt-1')}>
              {title !== undefined && <div className="px-3 py-1 text-xs text-quiet">{title}</div>}
              {choices.map((choice) => (
                <button
                  key={choice.key}
                  type="button"
                  role={choice.checked === undefined ? 'menuitem' : 'menuitemradio'}
                  aria-checked={choice.checked}
                  tabIndex={-1}
                  className="flex min-h-8 w-full items-center gap-2 px-3 text-start hover:bg-hover focus:bg-hover focus:outline-none pointer-coarse:min-h-11"
                  onClick={() => {
                    close();
                    choice.choose();
                  }}
                >
                  {choice.mark}
                  <span className="flex-1">{choice.label}</span>
                  {choice.checked === true && <Check aria-hidden size={16} />}
                </button>
              ))}
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

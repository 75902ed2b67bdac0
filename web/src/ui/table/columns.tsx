// Which columns of a table are shown, on this device.
import { Check, Columns3 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { keepOnShelf, readShelf } from '../../live/shelf';
import { Popover } from '../Popover';

interface Named {
  key: string;
  name: string;
  hidden?: boolean;
}

export function useShownColumns(id: string, columns: readonly Named[]): [readonly string[], (keys: readonly string[]) => void] {
  const shelf = `dashoffice.columns.${id}`;
  const [kept, setKept] = useState(() => readShelf(shelf)?.split(',') ?? null);
  const [first] = columns;
  const shown = columns.filter(({ key, hidden }) => key === first?.key || (kept === null ? hidden !== true : kept.includes(key))).map(({ key }) => key);
  return [
    shown,
    (keys) => {
      setKept([...keys]);
      keepOnShelf(shelf, keys.join(','));
    },
  ];
}

interface Props {
  columns: readonly Named[];
  shown: readonly string[];
  show: (keys: readonly string[]) => void;
}

/** All but the first, which names the row. */
export function ColumnChoice({ columns, shown, show }: Props) {
  const { t } = useTranslation();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <button type="button" className="button" aria-haspopup="menu" aria-expanded={anchor !== null} onClick={({ currentTarget }) => setAnchor(currentTarget)}>
        <Columns3 aria-hidden size={16} />
        {t('table.columns')}
      </button>
      {anchor !== null && (
        <Popover label={t('table.columns')} anchor={anchor} close={() => setAnchor(null)}>
          {columns.slice(1).map(({ key, name }) => {
            const isShown = shown.includes(key);
            return (
              <button
                key={key}
                type="button"
                role="menuitemcheckbox"
                aria-checked={isShown}
                tabIndex={-1}
                className="flex min-h-8 w-full items-center gap-2 rounded px-3 text-start hover:bg-hover focus:bg-hover focus:outline-none pointer-coarse:min-h-11"
                onClick={() => show(isShown ? shown.filter((one) => one !== key) : [...shown, key])}
              >
                <span className="flex-1">{name}</span>
                <Check aria-hidden size={16} className={isShown ? '' : 'invisible'} />
              </button>
            );
          })}
        </Popover>
      )}
    </>
  );
}

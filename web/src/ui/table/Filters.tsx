// What a list is narrowed by: words that are searched for once nobody types any more, and one of several words.
import { Search } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Option } from '../Combobox';

const ASK_AFTER_MS = 250;

export interface Filter {
  /** The query parameter. */
  key: string;
  name: string;
  /** What it is called when nothing is narrowed by it; else "any" of its name. */
  none?: string;
  options: readonly Option[];
}

interface Props {
  /** The query parameter of the words; absent: nothing is searched. */
  search?: string;
  filters?: readonly Filter[];
  value: Readonly<Record<string, string>>;
  change: (value: Record<string, string>) => void;
}

export function Filters({ search, filters = [], value, change }: Props) {
  const { t } = useTranslation();
  const set = (key: string, to: string) => change(Object.fromEntries(Object.entries({ ...value, [key]: to }).filter(([, words]) => words !== '')));
  return (
    <div role="search" className="flex flex-wrap items-center gap-2 max-sm:w-full">
      {search !== undefined && <Words words={value[search] ?? ''} change={(words) => set(search, words)} />}
      {filters.map(({ key, name, none, options }) => (
        <select key={key} aria-label={name} className="field w-auto" value={value[key] ?? ''} onChange={({ target }) => set(key, target.value)}>
          <option value="">{none ?? t('table.any', { name })}</option>
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      ))}
    </div>
  );
}

function Words({ words, change }: { words: string; change: (words: string) => void }) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState(words);
  const [asked, setAsked] = useState(words);
  // Cleared, or changed from elsewhere.
  if (words !== asked) {
    setAsked(words);
    setTyped(words);
  }
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === words) return;
    const timer = setTimeout(() => {
      setAsked(wanted);
      change(wanted);
    }, ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed, words, change]);
  return (
    <div className="relative max-sm:w-full">
      <Search aria-hidden size={16} className="absolute start-2.5 top-1/2 -translate-y-1/2 text-quiet" />
      <input type="text" role="searchbox" className="field ps-8" aria-label={t('table.search')} placeholder={t('table.search')} value={typed} onChange={({ target }) => setTyped(target.value)} onKeyDown={({ key }) => key === 'Escape' && setTyped('')} />
    </div>
  );
}

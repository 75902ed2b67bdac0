// Parts of one thing, one at a time: arrows move from name to name.
import { Tabs as Base } from '@base-ui/react/tabs';
import { clsx } from 'clsx';
import type { ReactNode } from 'react';

export interface Tab {
  key: string;
  name: string;
  content: ReactNode;
}

interface Props {
  label: string;
  tabs: readonly Tab[];
  /** The one that is shown; the first where it is none of them. */
  chosen: string | undefined;
  choose: (key: string) => void;
  className?: string;
}

export function Tabs({ label, tabs, chosen, choose, className }: Props) {
  const shown = tabs.find(({ key }) => key === chosen) ?? tabs[0];
  return (
    <Base.Root value={shown?.key ?? null} onValueChange={(key) => choose(key as string)} className={clsx('flex min-h-0 flex-col', className)}>
      <Base.List aria-label={label} activateOnFocus className="flex gap-4 border-b border-line">
        {tabs.map(({ key, name }) => (
          <Base.Tab
            key={key}
            value={key}
            className="-mb-px border-b-2 border-transparent px-0.5 py-1.5 text-quiet hover:text-ink aria-selected:border-ink aria-selected:font-semibold aria-selected:text-ink pointer-coarse:py-3"
          >
            {name}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map(({ key, content }) => (
        <Base.Panel key={key} value={key} className="min-h-0 flex-1 pt-4">
          {content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}

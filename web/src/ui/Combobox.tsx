// One of many, or several of them, found by typing: arrows move, Enter takes, Escape shuts the list and then leaves.
import { Combobox as Base } from '@base-ui/react/combobox';
import { Check, ChevronDown, X } from 'lucide-react';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { plain } from '../i18n/plain';
import { useLayer } from './layer';

export interface Option {
  value: string;
  label: string;
}

interface Common {
  id?: string;
  label: string;
  options: readonly Option[];
  describedBy?: string | undefined;
  invalid?: boolean;
  disabled?: boolean;
}

type Props = Common & ({ several?: false; value: string | null; change: (value: string | null) => void } | { several: true; value: readonly string[]; change: (values: string[]) => void });

const matches = ({ label }: Option, words: string) => plain(label).includes(plain(words.trim()));
const isSame = (a: Option, b: Option) => a.value === b.value;

export function Combobox(props: Props) {
  const { options, disabled = false } = props;
  const chosen = useMemo(() => {
    const values = props.several === true ? props.value : [props.value];
    // What is chosen and not offered any more is shown by its name.
    return values.flatMap((value) => (value === null ? [] : [options.find((option) => option.value === value) ?? { value, label: value }]));
  }, [options, props.several, props.value]);
  const common = { items: options, filter: matches, isItemEqualToValue: isSame, disabled, autoHighlight: true } as const;
  if (props.several === true) {
    const { change } = props;
    return (
      <Base.Root {...common} multiple value={chosen} onValueChange={(taken) => change(taken.map(({ value }) => value))}>
        <Base.InputGroup className="field flex h-auto flex-wrap items-center gap-1 py-1 focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-ink">
          <Chips chosen={chosen} />
          <Input {...props} />
        </Base.InputGroup>
        <List />
      </Base.Root>
    );
  }
  const { change } = props;
  return (
    <Base.Root {...common} value={chosen[0] ?? null} onValueChange={(taken) => change(taken?.value ?? null)}>
      <Base.InputGroup className="field flex items-center focus-within:outline-2 focus-within:outline-offset-1 focus-within:outline-ink">
        <Input {...props} />
        <Base.Icon className="text-quiet">
          <ChevronDown aria-hidden size={16} />
        </Base.Icon>
      </Base.InputGroup>
      <List />
    </Base.Root>
  );
}

function Input({ id, label, describedBy, invalid = false }: Common) {
  return <Base.Input id={id} aria-label={label} aria-describedby={describedBy} aria-invalid={invalid || undefined} autoComplete="off" className="min-w-24 flex-1 bg-transparent focus:outline-none" />;
}

function Chips({ chosen }: { chosen: readonly Option[] }) {
  const { t } = useTranslation();
  return (
    <Base.Chips className="contents">
      {chosen.map(({ value, label }) => (
        <Base.Chip key={value} aria-label={label} className="flex items-center gap-1 rounded bg-chosen ps-2 text-sm">
          {label}
          <Base.ChipRemove aria-label={t('combobox.remove', { name: label })} className="rounded p-1 text-quiet hover:text-ink">
            <X aria-hidden size={14} />
          </Base.ChipRemove>
        </Base.Chip>
      ))}
    </Base.Chips>
  );
}

/** The library has ways out for screen readers on both sides of the list, and names them in English alone. */
function Ways() {
  const { t } = useTranslation();
  useEffect(() => {
    for (const way of document.querySelectorAll('[role=button][aria-label=Dismiss]')) way.setAttribute('aria-label', t('close_dialog'));
  });
  return null;
}

function List() {
  const { t } = useTranslation();
  const layer = useLayer()?.element ?? undefined;
  return (
    <Base.Portal container={layer}>
      <Base.Positioner sideOffset={4} className="z-40 outline-none">
        <Base.Popup className="max-h-[min(20rem,var(--available-height))] w-(--anchor-width) min-w-48 overflow-y-auto rounded-lg border border-line bg-raised py-1 text-ink shadow-lg">
          <Ways />
          <Base.Empty>
            <div className="px-3 py-2 text-quiet">{t('combobox.none')}</div>
          </Base.Empty>
          <Base.List className="outline-none">
            {(option: Option) => (
              <Base.Item key={option.value} value={option} className="flex min-h-8 items-center gap-2 px-3 data-highlighted:bg-chosen pointer-coarse:min-h-11">
                <span className="flex-1">{option.label}</span>
                <Base.ItemIndicator>
                  <Check aria-hidden size={16} />
                </Base.ItemIndicator>
              </Base.Item>
            )}
          </Base.List>
        </Base.Popup>
      </Base.Positioner>
    </Base.Portal>
  );
}

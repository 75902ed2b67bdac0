// Open or closed until an instant, whatever the plan says.
import { useTranslation } from 'react-i18next';
import type { EditorProps } from '../../../ui/form/Field';

interface Forced {
  open: boolean;
  until: string;
}

const HOUR_MS = 3_600_000;

/** An instant as the browser's field of day and time has it, in the browser's own zone; and back. */
function shown(until: string): string {
  const at = new Date(until);
  if (Number.isNaN(at.valueOf())) return '';
  return new Date(at.valueOf() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
const meant = (typed: string) => (typed === '' ? '' : new Date(typed).toISOString());

export function ForcedEditor({ id, value, change, disabled }: EditorProps) {
  const { t } = useTranslation();
  const forced = value as Forced | null | undefined;
  const chosen = forced == null ? 'plan' : forced.open ? 'open' : 'closed';
  const choose = (choice: string) => change(choice === 'plan' ? null : { open: choice === 'open', until: forced?.until ?? new Date(Date.now() + HOUR_MS).toISOString() });
  return (
    <div className="flex flex-wrap gap-2">
      <select id={id} className="field w-auto" aria-label={t('office.field.forced')} disabled={disabled} value={chosen} onChange={({ target }) => choose(target.value)}>
        <option value="plan">{t('office.forced.plan')}</option>
        <option value="open">{t('office.forced.open')}</option>
        <option value="closed">{t('office.forced.closed')}</option>
      </select>
      {forced != null && <input type="datetime-local" required className="field w-auto" aria-label={t('office.forced.until')} disabled={disabled} value={shown(forced.until)} onChange={({ target }) => change({ ...forced, until: meant(target.value) })} />}
    </div>
  );
}

// Words to the clipboard, also where the browser has none for pages without a certificate.
import i18next from 'i18next';
import { toast } from '../../ui/toasts';

const SAY_COPIED_MS = 2_000;

export function copyWords(words: string): void {
  const copied = 'clipboard' in navigator ? navigator.clipboard.writeText(words) : Promise.reject(new Error('no clipboard here'));
  copied
    .catch(() => {
      if (!copiedByHand(words)) throw new Error('not copied');
    })
    .then(
      () => toast(i18next.t('message.copied'), 'plain', SAY_COPIED_MS),
      () => toast(i18next.t('message.not_copied'), 'bad'),
    );
}

/** The old way: a field of its own is marked and copied; the focus goes back where it was. */
function copiedByHand(words: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.value = words;
  field.className = 'sr-only';
  document.body.append(field);
  field.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way on plain http addresses
  const done = document.execCommand('copy');
  if (before instanceof HTMLElement) before.focus();
  field.remove();
  return done;
}

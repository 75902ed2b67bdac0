// One line of what was said last: its words, or the word for its kind.
import { useTranslation } from 'react-i18next';
import type { LastMessage } from '../../../api/types';

export function PreviewLine({ last }: { last: LastMessage | null }) {
  const { t } = useTranslation();
  if (last === null) return <i>{t('inbox.no_message')}</i>;
  if (last.kind === 'text') return <>{last.preview}</>;
  const kind = t(`kind.${last.kind}`, { defaultValue: last.kind });
  return <>{last.preview === '' ? kind : `${kind} · ${last.preview}`}</>;
}

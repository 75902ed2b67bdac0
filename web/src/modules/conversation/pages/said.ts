// What a message says, in one line: for quotes, for the ear, for the list.
import i18next from 'i18next';
import type { CommandBodies, Content, ContentOf } from '../../../api/types';

export function saidIn(content: Content): string {
  switch (content.type) {
    case 'text':
      return content.body;
    case 'media':
      return joined(content.voice ? i18next.t('kind.voice') : i18next.t(`kind.${content.kind}`), content.caption ?? content.filename);
    case 'location':
      return joined(i18next.t('kind.location'), content.name ?? content.address);
    case 'contacts':
      return joined(i18next.t('kind.contacts'), content.cards.map(({ name }) => name).join(', '));
    case 'choice':
      return content.title;
    case 'template':
      return joined(i18next.t('kind.template'), content.words?.body ?? content.name);
    case 'system':
      return noticed(content);
    case 'unknown':
      return content.what === 'revoked' ? i18next.t('content.revoked') : i18next.t('kind.unknown');
    default:
      return i18next.t(`kind.${content.type as 'unknown'}`, { defaultValue: content.type });
  }
}

/** What the provider says of the customer: in our words where we have them, else in its own. */
export function noticed({ what, text }: ContentOf<'system'>): string {
  const ours = i18next.t(`notice.${what as 'request_welcome'}`, { defaultValue: '' });
  if (ours !== '') return ours;
  return text ?? i18next.t('content.system', { what });
}

/** The words of a message that can be taken up again; null where it has none of its own. */
export function wordsOf(content: Content): string | null {
  if (content.type === 'text') return content.body;
  return content.type === 'media' ? content.caption : null;
}

/** What a command that sends is going to say, as a message would say it. */
export function contentOf(body: CommandBodies['send']): Content {
  switch (body.type) {
    case 'text':
      return { type: 'text', body: body.text };
    case 'media': {
      const { kind, caption, filename } = body.media;
      return { type: 'media', kind, mime_type: null, caption: caption ?? null, filename: filename ?? null, voice: false, animated: false };
    }
    case 'template':
      return { type: 'template', ...body.template };
  }
}

function joined(kind: string, words: string | null): string {
  return words === null || words === '' ? kind : `${kind} · ${words}`;
}

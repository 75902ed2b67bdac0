// What people and things are called on the screen.
import i18next from 'i18next';
import type { Conversation, Id, Owner } from '../../api/types';
import { phone } from '../../i18n/format';
import type { Model } from '../../live/model';

export function nameOf({ contact }: Pick<Conversation, 'contact'>): string {
  if (contact.name !== null && contact.name !== '') return contact.name;
  if (contact.username !== null) return `@${contact.username}`;
  if (contact.identifier === null) return i18next.t('contact.nameless');
  return contact.identifier.kind === 'wa_id' ? phone(contact.identifier.value) : contact.identifier.value;
}

export function ownerName(model: Model, owner: Owner | null, me: Id): string {
  switch (owner?.kind) {
    case 'agent':
      return owner.id === me ? i18next.t('owner.you') : (model.agents.get(owner.id)?.name ?? i18next.t('owner.agent'));
    case 'queue':
      return model.queues.get(owner.id)?.name ?? i18next.t('owner.queue');
    case 'offered':
      return i18next.t('owner.offered');
    case 'bot':
      return i18next.t('owner.bot');
    default:
      return i18next.t('owner.nobody');
  }
}

export function initials(name: string): string {
  const words = name.replace(/[^\p{L}\s]/gu, '').trim().split(/\s+/);
  return [words[0]?.[0], words.length > 1 ? words.at(-1)?.[0] : undefined].filter((letter) => letter !== undefined).join('').toUpperCase();
}

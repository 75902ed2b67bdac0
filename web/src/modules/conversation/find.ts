// Conversations for the palette: by the customer's name or number, those that are open first.
import { linkOptions } from '@tanstack/react-router';
import i18next from 'i18next';
import type { Found } from '../../app/module';
import type { Conversation } from '../../api/types';
import { found } from '../../live/lists';
import type { Desk } from '../../live/store';
import { readsOf } from './api/reads';
import { nameOf, ownerName } from './names';

/** One letter is in everybody's name. */
const SEEK_FROM = 2;

export function find({ client: { model }, me }: Desk, words: string, atMost: number): Found[] {
  const isClosed = ({ state }: Conversation) => (state === 'closed' ? 1 : 0);
  return found(model.conversations.values(), words)
    .sort((a, b) => isClosed(a) - isClosed(b))
    .slice(0, atMost)
    .map((conversation) => ({
      key: conversation.id,
      name: nameOf(conversation),
      about: conversation.state === 'closed' ? i18next.t('state.closed') : ownerName(model, conversation.owner, me.user.id),
      link: linkOptions({ to: '/inbox/{-$conversationId}', params: { conversationId: conversation.id } }),
    }));
}

/** What is not found now is found a moment later; what cannot be asked is not missed. */
export function seek(desk: Desk, words: string): void {
  if (words.length >= SEEK_FROM) readsOf(desk).search({ q: words, state: 'any', limit: '20' }).catch(() => undefined);
}

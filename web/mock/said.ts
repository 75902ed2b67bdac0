// What the list shows of a message: its kind and the beginning of its words; and whether the customer said anything after one.
import type { Content, Conversation, Message, MessageKind } from '../src/api/types';

export function lastOf(message: Message): Conversation['last_message'] {
  return { id: message.id, direction: message.direction, kind: kindOf(message.content), preview: previewOf(message.content), status: message.status, at: message.recorded_at };
}

function kindOf(content: Content): MessageKind {
  return content.type === 'media' ? content.kind : content.type;
}

function previewOf(content: Content): string {
  switch (content.type) {
    case 'text':
      return content.body.slice(0, 120);
    case 'media':
      return content.caption ?? content.filename ?? '';
    case 'location':
      return content.name ?? content.address ?? '';
    case 'contacts':
      return content.cards[0]?.name ?? '';
    case 'choice':
      return content.title;
    case 'form':
      return content.body ?? '';
    case 'order':
      return content.note ?? '';
    case 'system':
      return content.text ?? '';
    case 'template':
      return content.name;
    default:
      return '';
  }
}

/** Whether the customer said something after the message that was seen. */
export function isNewerThan(seen: string, messages: Message[]): boolean {
  return messages.slice(messages.findIndex(({ id }) => id === seen) + 1).some(({ direction }) => direction === 'inbound');
}

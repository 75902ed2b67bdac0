// What the list shows of a message: its kind and the beginning of its words; and whether the customer said anything after one.
import type { Content, ContentOf, Conversation, Message, MessageKind, Template } from '../src/api/types';

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
      return (content.words?.body ?? content.name).slice(0, 120);
    default:
      return '';
  }
}

/** A template as it is said; what goes to a customer with an order has more than a body. */
export function asSaid({ name, language, body }: Template, parameters: string[]): ContentOf<'template'> {
  const content = { type: 'template' as const, name, language, parameters };
  if (body === null) return content;
  const filled = body.replace(/\{\{(\d+)\}\}/g, (hole, place) => parameters[Number(place) - 1] ?? hole);
  const order = name === 'pedido_a_caminho';
  const buttons = [{ type: 'QUICK_REPLY', text: 'Recebi, obrigado', target: null }, { type: 'URL', text: 'Acompanhar o pedido', target: 'https://loja.example/pedidos/77' }, { type: 'PHONE_NUMBER', text: 'Ligar para a loja', target: '+551140000001' }];
  return { ...content, words: { header: order ? 'Seu pedido saiu' : null, body: filled, footer: order ? 'Loja · responda SAIR para não receber mais' : null, buttons: order ? buttons : [] } };
}

/** Whether the customer said something after the message that was seen. */
export function isNewerThan(seen: string, messages: Message[]): boolean {
  return messages.slice(messages.findIndex(({ id }) => id === seen) + 1).some(({ direction }) => direction === 'inbound');
}

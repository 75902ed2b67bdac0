// A morning at a small shop: people, queues, numbers and chats of every kind, for the eye and for tests.
import type { Content, Id, SendError, Template } from '../src/api/types';
import { uuidv7 } from '../src/api/uuid';
import { paper, picture, sticker, voice } from './files';
import type { User } from './told';
import { World } from './world';

const ids = Array.from({ length: 40 }, (_, i) => `0193a000-0000-7000-8000-${String(i + 16).padStart(12, '0')}`);
const id = (n: number): Id => ids[n] ?? uuidv7();

/** How long ago the morning began, and how far apart customers write. */
const START_MS = 75 * 60_000;
const STEP_MS = 12_000;

export const PEOPLE: { user: User; queues: number[]; presence: 'online' | 'away' | 'busy' | 'offline' }[] = [
  { user: { id: id(0), name: 'Ana Lima', email: 'ana@example.com', password: 'ana-ana-ana', role: 'agent', language: null }, queues: [0, 1], presence: 'online' },
  { user: { id: id(1), name: 'Bruno Reyes', email: 'bruno@example.com', password: 'bruno-bruno', role: 'agent', language: null }, queues: [0], presence: 'online' },
  { user: { id: id(2), name: 'Carla Núñez', email: 'carla@example.com', password: 'carla-carla', role: 'agent', language: null }, queues: [1, 2], presence: 'away' },
  { user: { id: id(3), name: 'Diego Alves', email: 'diego@example.com', password: 'diego-diego', role: 'agent', language: null }, queues: [0, 2], presence: 'busy' },
  { user: { id: id(4), name: 'Elena Prado', email: 'elena@example.com', password: 'elena-elena', role: 'agent', language: null }, queues: [2], presence: 'offline' },
  { user: { id: id(5), name: 'Sofia Marques', email: 'sofia@example.com', password: 'sofia-sofia', role: 'supervisor', language: null }, queues: [], presence: 'offline' },
];

const QUEUES = ['Vendas', 'Suporte', 'Cobrança'];
const NUMBERS = [
  { name: 'loja', phone: '+55 11 4000-0001', queue: 0 },
  { name: 'suporte', phone: '+55 11 4000-0002', queue: 1 },
  { name: 'cobranca', phone: '+52 55 4000 0003', queue: 2 },
];
const NAMES = [
  'Maria Souza', 'João Pereira', 'Camila Ortega', 'Luis Fernández', 'Beatriz Rocha', 'Andrés Gómez', 'Patrícia Nunes', 'Rafael Moreno', 'Júlia Castro', 'Mateo Vargas',
  'Larissa Dias', 'Sebastián Ruiz', 'Fernanda Alves', 'Valentina Torres', 'Gabriel Martins', 'Renata Barros', null, 'Tiago Cardoso', 'Paula Herrera', 'Marcos Teixeira',
  'Daniela Flores', 'Igor Santana', 'Mariana Duarte', 'Nicolás Peña', 'Aline Freitas', 'سارة حداد',
];
const WORDS = [
  'Oi, boa tarde! Vocês têm o modelo azul no tamanho M?', 'Quanto fica o frete para Campinas?', 'Hola, mi pedido todavía no llegó. ¿Me pueden ayudar?', 'Obrigada!', 'Perfeito, pode fechar.',
  'Good morning, can I change the delivery address?', 'O boleto venceu ontem, consigo outro?', 'Ok 👍', '¿Tienen factura electrónica?', 'Estou aguardando desde cedo…',
  'Prefiro pagar com Pix.', 'Gracias, quedo atenta.', 'A caixa veio aberta, segue a foto.', 'Vocês abrem no sábado?', 'مرحبا، هل الطلب جاهز؟',
];
const ANSWERS = ['Olá! Um momento, vou verificar.', 'Temos sim. Posso separar para você?', 'Claro, te ayudo enseguida.', 'Enviei o novo boleto por aqui.', 'Perfeito, obrigado pelo contato!'];

/** One of each content that a customer can send. */
export const EVERY_KIND: Content[] = [
  { type: 'media', kind: 'image', mime_type: 'image/jpeg', caption: 'A caixa veio assim', filename: null, voice: false, animated: false },
  { type: 'media', kind: 'audio', mime_type: 'audio/ogg', caption: null, filename: null, voice: true, animated: false },
  { type: 'media', kind: 'video', mime_type: 'video/mp4', caption: null, filename: null, voice: false, animated: false },
  { type: 'media', kind: 'document', mime_type: 'application/pdf', caption: null, filename: 'comprovante-0312.pdf', voice: false, animated: false },
  { type: 'media', kind: 'sticker', mime_type: 'image/webp', caption: null, filename: null, voice: false, animated: true },
  { type: 'location', latitude: -23.5614, longitude: -46.6559, name: 'Av. Paulista, 1578', address: 'Bela Vista, São Paulo' },
  { type: 'contacts', cards: [{ name: 'Transportadora Sul', phones: ['+55 51 3000-0000'], emails: ['sac@example.com'], organisation: 'Sul Log' }] },
  { type: 'choice', source: 'list', id: 'entrega', title: 'Quero trocar a entrega', description: 'Endereço ou data' },
  { type: 'form', name: 'Cadastro', body: 'Cadastro preenchido', response: '{"nome":"Maria Souza","cep":"01310-200","aceite":true}' },
  { type: 'order', catalog: 'c-1', note: 'Pode embrulhar para presente?', lines: [{ product: 'camisa-azul-m', quantity: '2', price: '89.90', currency: 'BRL' }, { product: 'meia', quantity: '1', price: '19.90', currency: 'BRL' }] },
  { type: 'system', what: 'number_changed', text: 'trocou de número' },
  { type: 'unsupported', code: 131051, what: 'poll' },
  { type: 'unknown', what: 'interactive.nfm_v9' },
];

/** One of each that comes beside words. */
const BESIDE: { body: string; beside: Parameters<World['inbound']>[4] }[] = [
  {
    body: 'Quero saber mais',
    beside: {
      referral: {
        source_type: 'ad', source_id: '120210000000001', source_url: 'https://fb.example/ad1', headline: 'Tênis em promoção', body: 'Só hoje, frete grátis',
        media_type: 'image', image_url: null, video_url: null, thumbnail_url: null, welcome: null, ctwa_clid: 'clid-9',
      },
    },
  },
  { body: 'Repassando, não sei se é verdade', beside: { forwarded: 'often' } },
  { body: 'Tem no tamanho 40?', beside: { product: { catalog_id: 'c-1', product_id: 'tenis-azul' } } },
  { body: 'quero 100 caixas', beside: { edited_at: new Date().toISOString(), versions: [{ content: { type: 'text', body: 'quero 10 caixas' }, said_at: new Date().toISOString() }] } },
];

const TEMPLATES: Template[] = [
  { name: 'pedido_a_caminho', language: 'pt_BR', category: 'UTILITY', body: 'Olá {{1}}, seu pedido {{2}} saiu para entrega e chega {{3}}.', parameters: 3 },
  { name: 'retomar_conversa', language: 'pt_BR', category: 'UTILITY', body: 'Olá {{1}}! Ficou alguma dúvida sobre o seu atendimento? Responda por aqui.', parameters: 1 },
  { name: 'retomar_conversacion', language: 'es', category: 'UTILITY', body: 'Hola {{1}}, ¿quedó alguna duda? Responda por aquí y con gusto le ayudamos.', parameters: 1 },
  { name: 'pago_pendiente', language: 'es', category: 'UTILITY', body: 'Hola {{1}}, su factura {{2}} vence el {{3}}.', parameters: 3 },
  { name: 'resume_chat', language: 'en', category: 'UTILITY', body: 'Hello {{1}}, is there anything else we can help you with?', parameters: 1 },
  { name: 'appointment_reminder', language: 'pt_BR', category: 'UTILITY', body: 'Olá {{1}}, lembramos da sua visita em {{2}}.', parameters: 2 },
  { name: 'bem_vindo', language: 'pt_BR', category: 'MARKETING', body: 'Boas-vindas à Loja Azul! Novidades toda semana por aqui.', parameters: 0 },
];

/** What becomes of the files of a customer who sends one of each. */
const FATES = { image: picture(), audio: voice(), video: 'gone', document: paper('comprovante-0312.pdf'), sticker: sticker() } as const;

export function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** `chats` conversations, ending now. The clock of the world runs through the morning while it is filled. */
export function shop(chats: number): World {
  const random = chanceOf(7);
  const any = <T>(list: T[]): T => list[Math.floor(random() * list.length)] as T;
  let clock = Date.now() - START_MS;
  let seeding = true;
  const pass = (ms: number) => (clock = Math.min(clock + ms * Math.min(1, 48 / chats), Date.now() - 2_000));
  const world = new World(() => (seeding ? clock : Date.now()));
  QUEUES.forEach((name, i) => {
    const member_ids = PEOPLE.filter(({ queues }) => queues.includes(i)).map(({ user }) => user.id);
    world.queues.set(id(10 + i), { id: id(10 + i), name, waiting: 0, oldest_waiting_since: null, active: 0, agents_online: 0, member_ids, fixed: [] });
  });
  NUMBERS.forEach(({ name, phone, queue }, i) => {
    world.numbers.set(id(20 + i), {
      id: id(20 + i), name, provider: i === 2 ? 'evolution' : 'cloud', display_phone_number: phone, queue_id: id(10 + queue), state: i === 2 ? 'stopped' : 'connected',
      state_reason: i === 2 ? 'token_expired' : null, waiting: 0, active: 0, sends_waiting: i === 2 ? 2 : 0, fixed: [],
    });
  });
  NUMBERS.forEach((_, i) => world.templates.set(id(20 + i), TEMPLATES));
  for (const { user, queues, presence } of PEOPLE) {
    world.users.set(user.id, user);
    if (user.role !== 'agent') continue;
    world.agents.set(user.id, {
      id: user.id, name: user.name, chosen_presence: presence, away_reason: presence === 'away' ? 'lunch' : null, effective_presence: presence, presence_since: world.at(),
      capacity_units: 100, used_units: 0, active: 0, oldest_unanswered_since: null, queue_ids: queues.map((queue) => id(10 + queue)), fixed: [],
    });
    // The others are at their desks, played by nobody.
    if (presence !== 'offline' && user.name !== 'Ana Lima') world.sockets.set(user.id, 1);
  }
  for (let i = 0; i < chats; i += 1) {
    const name = i < NAMES.length ? (NAMES[i] ?? null) : `${any(NAMES) ?? 'Cliente'} ${i}`;
    const contact = uuidv7();
    world.contacts.set(contact, {
      id: contact, name, username: i % 5 === 2 ? `cliente.${i}` : null, identifiers: [{ kind: 'wa_id', value: `5511${String(990000001 + i)}` }, { kind: 'scoped_user', value: `BR.${1000 + i}` }], marketing: [],
      created_at: world.at(), last_seen_at: world.at(),
    });
    const number = id(20 + (i % 7 === 3 ? 2 : i % 3 === 1 ? 1 : 0));
    pass(STEP_MS);
    const first = world.inbound(contact, number, { type: 'text', body: any(WORDS) });
    const conversation = world.conversations.get(first.conversation_id);
    if (conversation === undefined || i % 4 === 3) continue;
    const owner = i === 0 ? id(0) : any(PEOPLE.slice(0, 5).filter(({ queues }) => queues.some((queue) => id(10 + queue) === conversation.queue_id))).user.id;
    pass(20_000);
    world.act(owner, 'pick', { conversation_id: conversation.id, expected_epoch: conversation.owner_epoch });
    const turns = i === 0 ? 8 : Math.floor(random() * 5);
    for (let turn = 0; turn < turns; turn += 1) {
      pass(15_000);
      answer(world, owner, conversation.id, any(ANSWERS), random() < 0.5 ? 'read' : 'delivered');
      pass(25_000);
      if (random() < 0.7 || i === 0) world.inbound(contact, number, { type: 'text', body: any(WORDS) });
    }
    if (i === 0) everyKind(world, owner, conversation.id, contact, number);
    else if (i % 5 === 2) world.act(owner, 'close', { conversation_id: conversation.id });
  }
  seeding = false;
  closeAWindow(world, id(0));
  world.measure();
  return world;
}

export function answer(world: World, owner: Id, conversation_id: Id, text: string, status: 'sent' | 'delivered' | 'read'): void {
  const outcome = world.act(owner, 'send', { conversation_id, type: 'text', text });
  if (outcome.ok) world.status(conversation_id, (outcome.body as { message_id: Id }).message_id, status);
}

function everyKind(world: World, owner: Id, conversation: Id, contact: Id, number: Id): void {
  for (const content of EVERY_KIND) {
    const message = world.inbound(contact, number, content);
    if (content.type === 'media') world.fetched(conversation, message.id, FATES[content.kind]);
  }
  for (const { body, beside } of BESIDE) world.inbound(contact, number, { type: 'text', body }, null, beside);
  world.inbound(contact, number, { type: 'system', what: 'customer_identity_changed', text: null }, null, { notice: true });
  files(world, conversation, contact, number);
  const quoted = world.messages.get(conversation)?.find(({ content }) => content.type === 'media' && content.kind === 'image');
  const outcome = world.act(owner, 'send', { conversation_id: conversation, type: 'text', text: 'Obrigada pela foto. Já pedi a troca:\nchega até *quinta-feira*, sem custo.', ...(quoted ? { reply_to: quoted.id } : {}) });
  if (outcome.ok) {
    const { message_id } = outcome.body as { message_id: Id };
    world.status(conversation, message_id, 'read');
    world.react(conversation, message_id, '🙏');
  }
  const way = { name: 'pedido_a_caminho', language: 'pt_BR', parameters: ['Maria', '77', 'quinta-feira'] };
  const told = world.act(owner, 'send', { conversation_id: conversation, type: 'template', template: way });
  if (told.ok) world.status(conversation, (told.body as { message_id: Id }).message_id, 'read');
  world.inbound(contact, number, { type: 'choice', source: 'template_button', id: 'pedido-77-recebido', title: 'Recebi, obrigado', description: null });
  const fails = (text: string, error: SendError) => {
    const failed = world.act(owner, 'send', { conversation_id: conversation, type: 'text', text });
    if (failed.ok) world.status(conversation, (failed.body as { message_id: Id }).message_id, 'failed', error);
  };
  fails('Segue o código: BR123456789', { code: 131026, class: 'recipient', text: 'the message cannot be delivered to this customer', details: 'Message Undeliverable.', trace_id: null });
  fails('E a nota fiscal vai por e-mail.', { code: 131016, class: 'retry', text: 'WhatsApp is not available', details: null, trace_id: 'Amock' });
  const lost = world.act(owner, 'send', { conversation_id: conversation, type: 'text', text: 'Pode confirmar o endereço?' });
  if (lost.ok) world.status(conversation, (lost.body as { message_id: Id }).message_id, 'unknown');
  answer(world, owner, conversation, 'Consegue ver por aqui?', 'sent');
  world.inbound(contact, number, { type: 'text', body: 'Consegui, muito obrigada! Ficou ótimo 😊' });
}

/** A second picture, one on its way, and one that could not be had. */
function files(world: World, conversation: Id, contact: Id, number: Id): void {
  const photo = (caption: string | null): Content => ({ type: 'media', kind: 'image', mime_type: 'image/jpeg', caption, filename: null, voice: false, animated: false });
  for (const [caption, fate] of [['Do outro lado', picture(90)], [null, 'fetching'], ['A etiqueta', 'failed']] as const) {
    world.fetched(conversation, world.inbound(contact, number, photo(caption)).id, fate);
  }
}

/** One of the agent's chats whose customer wrote more than a day ago. */
function closeAWindow(world: World, owner: Id): void {
  const own = [...world.conversations.values()].filter((c) => c.owner.kind === 'agent' && c.owner.id === owner);
  const last = own.at(-1);
  if (last !== undefined) world.conversations.set(last.id, { ...last, window_until: new Date(Date.now() - 3_600_000).toISOString() });
}

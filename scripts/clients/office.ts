// The same first minutes on the generated types, with nothing but fetch.
// Asked as: node office.js ORIGIN EMAIL PASSWORD
import type { components, operations } from './openapi.js';

type Shapes = components['schemas'];
type Query = NonNullable<operations['conversations_list']['parameters']['query']>;

const LONGEST_WAIT_MS = 60_000;

const [origin, email, password] = process.argv.slice(2);
let token: string | null = null;

async function ask<Answer>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<Answer | Shapes['Problem']> {
  const headers: Record<string, string> = method === 'GET' ? {} : { 'Idempotency-Key': crypto.randomUUID(), 'Content-Type': 'application/json' };
  if (token !== null) headers['Authorization'] = `Bearer ${token}`;
  const response = await fetch(`${origin}/api/v1${path}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) });
  return (await response.json()) as Answer | Shapes['Problem'];
}

function isProblem(answer: object): answer is Shapes['Problem'] {
  return 'code' in answer && 'request_id' in answer;
}

function got<Answer extends object>(answer: Answer | Shapes['Problem']): Answer {
  if (isProblem(answer)) throw new Error(`${answer.status} ${answer.code}: ${answer.title}`);
  return answer;
}

async function taken(): Promise<Shapes['Conversation']> {
  const waiting: Query = { owner: 'queue', limit: 10 };
  const query = new URLSearchParams(Object.entries(waiting).map(([name, value]) => [name, String(value)]));
  for (const until = Date.now() + LONGEST_WAIT_MS; Date.now() < until; await new Promise((wake) => setTimeout(wake, 200))) {
    for (const chat of got(await ask<Shapes['List_Conversation']>('GET', `/conversations?${query}`)).items) {
      const body: Shapes['Pick'] = { expected_epoch: chat.owner_epoch };
      if (!isProblem(await ask<Shapes['Picked']>('POST', `/conversations/${chat.id}/pick`, body))) return chat;
    }
  }
  throw new Error('no chat came');
}

const credentials: Shapes['Credentials'] = { email: email ?? '', password: password ?? '' };
token = got(await ask<Shapes['Tokens']>('POST', '/auth/login', credentials)).access_token;
const presence: Shapes['Presence'] = { presence: 'online', for_s: 120 };
got(await ask<Shapes['Agent']>('PUT', '/me/presence', presence));
const chat = await taken();
const words: Shapes['Send'] = { conversation_id: chat.id, type: 'text', text: 'Good morning! How can I help?' };
const queued = got(await ask<Shapes['Queued']>('POST', '/messages', words));
const said = got(await ask<Shapes['List_Message']>('GET', `/conversations/${chat.id}/messages?limit=1`)).items[0];
if (said?.id !== queued.message_id) throw new Error('what was said is not there');

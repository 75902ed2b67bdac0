// A whole office for a story: the real binary's demo on a port of its own, in which nobody writes and nobody answers by themselves.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';

export interface Person {
  email: string;
  password: string;
}

/** A customer of the simulated WhatsApp. */
export interface Played {
  customer: number;
  name: string;
  phone: string | null;
  user_id: string;
}

export type FileKind = 'image' | 'voice' | 'document';

/** What has reached a customer. `text`: the words, a template's name and values, an emoji; `answers`: the words it quotes. */
export interface Received {
  kind: string;
  text: string;
  answers: string | null;
}

interface Card {
  console_url: string;
  users: (Person & { role: string })[];
}

/** How the simulated WhatsApp was set up. */
interface Play {
  control_listen: string;
  webhook_url: string;
  app_secret: string;
  account_id: string;
  phone_number_id: string;
  display_phone_number: string;
}

interface Rows<Row> {
  rows: Row[];
}

const DAY_MS = 86_400_000;

/** Where the binary is; undefined: these stories are not told. */
export const binary = process.env.DASHOFFICE_BINARY;

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const server = createServer().on('error', failed).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (address !== null && typeof address === 'object' ? found(address.port) : failed(new Error('no port'))));
    });
  });
}

export class Office {
  private readonly home = mkdtempSync(join(tmpdir(), 'dashoffice-e2e-'));
  private listen = '';
  private server: ChildProcess | null = null;
  private card: Card | null = null;
  private play: Play | null = null;

  static async open(): Promise<Office> {
    const office = new Office();
    office.listen = `127.0.0.1:${await freePort()}`;
    await office.start();
    office.card = office.written('demo.json') as Card;
    office.play = office.written('simulated.json') as Play;
    // Nobody answers an answer: what happens is what the story tells.
    await office.order('life', { ...(await office.ask<object>('life')), answer_probability: 0 });
    return office;
  }

  get url(): string {
    return `http://${this.listen}`;
  }

  /** Whose address begins so, or who has the role. */
  person(wanted: string): Person {
    const found = this.card?.users.find(({ email, role }) => email.startsWith(`${wanted}@`) || role === wanted);
    if (found === undefined) throw new Error(`the demo has no ${wanted}`);
    return found;
  }

  /** Everybody who has the role. */
  people(role: string): Person[] {
    return this.card?.users.filter((user) => user.role === role) ?? [];
  }

  /** Starts it, once more after it was ended, and waits until it is ready. */
  async start(): Promise<void> {
    this.server = spawn(binary ?? '', ['demo', '--data-dir', this.home, '--listen', this.listen, '--auto-agents', '0'], { stdio: 'ignore' });
    await vi.waitFor(async () => { expect((await fetch(`${this.url}/readyz`)).status).toBe(200); }, { timeout: 90_000, interval: 50 });
  }

  end(signal: NodeJS.Signals): Promise<void> {
    return new Promise((end) => {
      this.server?.once('exit', () => { end(); });
      this.server?.kill(signal);
    });
  }

  /** The agents of its queue have so long for a first reply from now on, and as long once more while they write (lengths as in the office's file). */
  async allows(first_reply: string): Promise<void> {
    const { email, password } = this.person('supervisor');
    const { access_token } = await this.tells<{ access_token: string }>('auth/login', { method: 'POST', body: JSON.stringify({ email, password }) });
    const bearer = { headers: { authorization: `Bearer ${access_token}` } };
    const queue = async () => (await this.tells<{ items: { id: string; name: string; fixed: string[] }[] }>('queues', bearer)).items[0];
    const [{ tenant }, declared] = await Promise.all([this.tells<{ tenant: { id: string; name: string } }>('me', bearer), queue()]);
    const file = [
      '[tenants.demo]', `id = "${tenant.id}"`, `name = "${tenant.name}"`,
      '[tenants.demo.queues.demo]', `id = "${declared?.id}"`, `name = "${declared?.name}"`, `first_reply = "${first_reply}"`,
    ];
    writeFileSync(join(this.home, 'office.toml'), file.join('\n'));
    writeFileSync(join(this.home, 'dashoffice.toml'), '[provisioning]\nfile = "office.toml"\n');
    await expect.poll(async () => (await queue())?.fixed).toContain('accept');
  }

  /** A customer of the simulated WhatsApp writes. */
  async writes(customer: number, text: string): Promise<void> {
    await this.order('write', { customer, text });
  }

  async sends(customer: number, file: FileKind): Promise<void> {
    await this.order('write', { customer, file });
  }

  /** What a customer wrote 25 hours ago arrives now, signed as WhatsApp signs: the window is shut from the beginning. */
  async wroteTooLongAgo({ name, phone, user_id }: Played, body: string): Promise<void> {
    const { webhook_url, app_secret, account_id, phone_number_id, display_phone_number } = this.set();
    const timestamp = String(Math.floor((Date.now() - (25 / 24) * DAY_MS) / 1_000));
    const contact = { profile: { name }, user_id, ...(phone === null ? {} : { wa_id: phone }) };
    const message = { id: `wamid.${randomUUID()}`, timestamp, from_user_id: user_id, ...(phone === null ? {} : { from: phone }), type: 'text', text: { body } };
    const value = { messaging_product: 'whatsapp', metadata: { display_phone_number, phone_number_id }, contacts: [contact], messages: [message] };
    const raw = JSON.stringify({ object: 'whatsapp_business_account', entry: [{ id: account_id, changes: [{ field: 'messages', value }] }] });
    const signature = createHmac('sha256', app_secret).update(raw).digest('hex');
    const response = await fetch(webhook_url, { method: 'POST', headers: { 'content-type': 'application/json', 'x-hub-signature-256': `sha256=${signature}` }, body: raw });
    expect(response.status).toBe(200);
  }

  /** Its customers, one of each name. */
  async customers(): Promise<Played[]> {
    const { rows } = await this.ask<Rows<Played>>('customers');
    return [...new Map(rows.map((row) => [row.name, row])).values()];
  }

  /** What the simulated WhatsApp took for a customer, in order. */
  async received(customer: number): Promise<Received[]> {
    const { rows: written } = await this.ask<Rows<{ wamid: string; text: string }>>(`ledger/inbound?customer=${customer}`);
    const { rows: taken } = await this.ask<Rows<{ kind: string; text: string; reply_to: string | null }>>(`ledger/outbound?customer=${customer}`);
    const words = new Map(written.map(({ wamid, text }) => [wamid, text]));
    return taken.map(({ kind, text, reply_to }) => ({ kind, text, answers: reply_to === null ? null : (words.get(reply_to) ?? reply_to) }));
  }

  /** The simulated WhatsApp behaves badly in these ways, and well in all others. */
  async faults(faults: Record<string, number | boolean>): Promise<void> {
    await this.order('faults', faults);
  }

  private written(file: string): unknown {
    return JSON.parse(readFileSync(join(this.home, file), 'utf8'));
  }

  private set(): Play {
    if (this.play === null) throw new Error('it was not opened');
    return this.play;
  }

  /** Its own answer to somebody who asks it beside the browser. */
  private async tells<Answer>(path: string, request: { method?: string; headers?: Record<string, string>; body?: string }): Promise<Answer> {
    const response = await fetch(`${this.url}/api/v1/${path}`, { ...request, headers: { 'content-type': 'application/json', ...request.headers } });
    expect(response.status).toBe(200);
    return (await response.json()) as Answer;
  }

  private async ask<Answer>(path: string): Promise<Answer> {
    return (await (await fetch(`http://${this.set().control_listen}/control/${path}`)).json()) as Answer;
  }

  private async order(path: string, body: unknown): Promise<void> {
    const response = await fetch(`http://${this.set().control_listen}/control/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect(response.status).toBe(200);
  }

  async close(): Promise<void> {
    await this.end('SIGTERM');
    rmSync(this.home, { recursive: true, force: true });
  }
}

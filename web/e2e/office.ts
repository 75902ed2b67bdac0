// A whole office for a story: the real binary's demo on a port of its own, in which nobody writes and nobody answers by themselves.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';

export interface Person {
  email: string;
  password: string;
}

interface Card {
  console_url: string;
  users: (Person & { role: string })[];
}

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
  private control = '';

  static async open(): Promise<Office> {
    const office = new Office();
    office.listen = `127.0.0.1:${await freePort()}`;
    await office.start();
    office.card = JSON.parse(readFileSync(join(office.home, 'demo.json'), 'utf8')) as Card;
    const played = JSON.parse(readFileSync(join(office.home, 'simulated.json'), 'utf8')) as { control_listen: string };
    office.control = `http://${played.control_listen}/control`;
    // Nobody answers an answer: what happens is what the story tells.
    const life = (await (await fetch(`${office.control}/life`)).json()) as object;
    await office.order('life', { ...life, answer_probability: 0 });
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

  /** Starts it, once more after it was ended, and waits until it is ready. */
  async start(): Promise<void> {
    this.server = spawn(binary ?? '', ['demo', '--data-dir', this.home, '--listen', this.listen, '--auto-agents', '0'], { stdio: 'ignore' });
    await vi.waitFor(async () => { expect((await fetch(`${this.url}/readyz`)).status).toBe(200); }, { timeout: 30_000, interval: 50 });
  }

  end(signal: NodeJS.Signals): Promise<void> {
    return new Promise((end) => {
      this.server?.once('exit', () => { end(); });
      this.server?.kill(signal);
    });
  }

  /** A customer of the simulated WhatsApp writes. */
  async writes(customer: number, text: string): Promise<void> {
    await this.order('write', { customer, text });
  }

  /** Its customers, one of each name. */
  async customers(): Promise<{ customer: number; name: string }[]> {
    const { rows } = (await (await fetch(`${this.control}/customers`)).json()) as { rows: { customer: number; name: string }[] };
    return [...new Map(rows.map((row) => [row.name, row])).values()];
  }

  private async order(path: string, body: unknown): Promise<void> {
    const response = await fetch(`${this.control}/${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    expect(response.status).toBe(200);
  }

  async close(): Promise<void> {
    await this.end('SIGTERM');
    rmSync(this.home, { recursive: true, force: true });
  }
}

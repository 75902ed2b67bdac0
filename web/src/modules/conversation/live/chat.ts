// The part of one conversation that this client has: a gapless run of messages up to now, and the history lines beside them.
import type { HistoryLine, Id, Message } from '../../../api/types';
import type { ConversationSnapshotFrame, StatusNews } from '../../../live/frames';

interface KnownMessage {
  message: Message;
  at: number;
  /** The status is known by itself: news of it come without the rest. */
  statusAt: number;
}

/** Whether a page of older messages is to be had, and where it begins. */
export type Older = { cursor: string } | 'none' | 'unknown';

export class Chat {
  /** In order of position; replaced when anything in it changes. */
  messages: readonly Message[] = [];
  history: readonly HistoryLine[] = [];
  older: Older = 'unknown';
  private readonly known = new Map<Id, KnownMessage>();
  /** Everything from this position on is here. */
  private from = Number.POSITIVE_INFINITY;
  /** News about messages that are on their way in a page. */
  private readonly early = new Map<Id, { news: StatusNews; at: number }>();
  private pagesUnderWay = 0;

  has(id: Id): boolean {
    return this.known.has(id);
  }

  get(id: Id): Message | undefined {
    return this.known.get(id)?.message;
  }

  snapshot(frame: ConversationSnapshotFrame): void {
    const inIt = new Set(frame.messages.map((message) => message.id));
    this.from = frame.older_cursor === null ? 0 : (frame.messages[0]?.position ?? 0);
    this.older = frame.older_cursor === null ? 'none' : { cursor: frame.older_cursor };
    for (const [id, { message, at }] of this.known) {
      if (message.position < this.from || (at <= frame.as_of && !inIt.has(id))) this.known.delete(id);
    }
    for (const message of frame.messages) this.take(message, frame.as_of);
    this.history = mergeHistory(
      this.history.filter((line) => line.position > frame.as_of),
      frame.history,
    );
    this.arrange();
  }

  put(message: Message, at: number): void {
    this.take(message, at);
    this.arrange();
  }

  status(news: StatusNews, at: number): void {
    const known = this.known.get(news.id);
    if (known === undefined) {
      if (this.pagesUnderWay > 0) this.early.set(news.id, { news, at });
      return;
    }
    if (known.statusAt > at) return;
    this.known.set(news.id, { ...known, statusAt: at, message: withStatus(known.message, news) });
    this.arrange();
  }

  line(line: HistoryLine): void {
    this.history = mergeHistory(this.history, [line]);
  }

  pageAsked(): void {
    this.pagesUnderWay += 1;
  }

  pageFailed(): void {
    this.pageEnded();
  }

  /** A page of older messages, newest first, as it was at `at`. One that does not continue this run is left aside. */
  page(askedAt: string, messages: Message[], next: string | null, at: number): void {
    if (typeof this.older === 'object' && this.older.cursor === askedAt) {
      for (const message of messages) this.take(message, at);
      this.from = next === null ? 0 : (messages.at(-1)?.position ?? this.from);
      this.older = next === null ? 'none' : { cursor: next };
    }
    this.pageEnded();
    this.arrange();
  }

  private pageEnded(): void {
    this.pagesUnderWay -= 1;
    for (const { news, at } of this.early.values()) if (this.known.has(news.id)) this.status(news, at);
    if (this.pagesUnderWay === 0) this.early.clear();
  }

  private take(message: Message, at: number): void {
    const known = this.known.get(message.id);
    if (known === undefined) {
      this.known.set(message.id, { message, at, statusAt: at });
      return;
    }
    const body = at >= known.at ? message : known.message;
    const status = at >= known.statusAt ? message : known.message;
    this.known.set(message.id, {
      message: { ...body, status: status.status, error: status.error, waiting: status.waiting, provider_message_id: status.provider_message_id },
      at: Math.max(at, known.at),
      statusAt: Math.max(at, known.statusAt),
    });
  }

  private arrange(): void {
    const shown: Message[] = [];
    for (const { message } of this.known.values()) if (message.position >= this.from) shown.push(message);
    this.messages = shown.sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
  }
}

function withStatus(message: Message, news: StatusNews): Message {
  return {
    ...message,
    status: news.status,
    error: news.error,
    waiting: news.waiting,
    provider_message_id: news.provider_message_id ?? message.provider_message_id,
  };
}

function mergeHistory(a: readonly HistoryLine[], b: readonly HistoryLine[]): readonly HistoryLine[] {
  const byId = new Map<Id, HistoryLine>();
  for (const line of [...a, ...b]) byId.set(line.id, line);
  return [...byId.values()].sort((x, y) => x.position - y.position || (x.id < y.id ? -1 : 1));
}

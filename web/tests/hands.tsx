// Hands at a desk: the real inbox on the mock's world, keys as a keyboard gives them, and clicks.
import { type AnyRouter, createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet, RouterProvider } from '@tanstack/react-router';
import { act, cleanup, render } from '@testing-library/react';
import { vi } from 'vitest';
import { Shell } from '../src/app/DeskLayout';
import { NotClosed } from '../src/modules/conversation/bars/NotClosed';
import { NotSent } from '../src/modules/conversation/bars/NotSent';
import { DeskContext, openDesk, type Desk as OpenDesk } from '../src/live/store';
import { Inbox } from '../src/modules/conversation/pages/Inbox';
import { slices } from '../src/modules/slices';
import { Toasts } from '../src/ui/toasts';
import type { Desk } from './desk';

/** The store shows changes together after so long. */
const SHOWN_WITHIN_MS = 17;

/** What jsdom has not, and the inbox asks for. */
export function furnish(): void {
  Element.prototype.getAnimations = () => [];
  HTMLElement.prototype.showPopover = () => {};
  HTMLElement.prototype.hidePopover = () => {};
  vi.stubGlobal('ResizeObserver', class { observe() {} unobserve() {} disconnect() {} });
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }));
  Element.prototype.scrollIntoView = () => {};
  Element.prototype.scrollTo = () => {};
  window.scrollTo = () => {};
  const before = new WeakMap<HTMLDialogElement, Element | null>();
  HTMLDialogElement.prototype.showModal = function showModal() {
    before.set(this, document.activeElement);
    this.open = true;
    this.querySelector<HTMLElement>('input, button')?.focus();
  };
  HTMLDialogElement.prototype.close = function close() {
    if (!this.open) return;
    this.open = false;
    (before.get(this) as HTMLElement | null | undefined)?.focus();
    this.dispatchEvent(new Event('close'));
  };
}

export class Hands {
  private constructor(
    readonly desk: Desk,
    readonly opened: OpenDesk,
    private readonly router: AnyRouter,
  ) {}

  /** Sits down before the inbox, or before the whole shell. */
  static async at(desk: Desk, before: 'inbox' | 'shell' = 'inbox'): Promise<Hands> {
    const user = desk.world.users.get(desk.user);
    if (user === undefined) throw new Error('nobody');
    const opened = openDesk(desk.world.me(user), slices, desk.surroundings, desk.keep);
    const root = createRootRoute({ component: before === 'shell' ? Shell : () => <><NotClosed /><NotSent /><Outlet /></> });
    const inbox = createRoute({ getParentRoute: () => root, path: '/inbox/{-$conversationId}', component: Inbox });
    const elsewhere = createRoute({ getParentRoute: () => root, path: '/board', component: () => null });
    const router = createRouter({ routeTree: root.addChildren([inbox, elsewhere]), history: createMemoryHistory({ initialEntries: ['/inbox'] }) });
    const hands = new Hands(desk, opened, router);
    await act(async () => {
      render(<DeskContext value={opened}><RouterProvider router={hands.router as never} />{before === 'inbox' && <Toasts />}</DeskContext>);
      await desk.clock.pass(10);
    });
    await hands.rest();
    return hands;
  }

  /** Everything under way arrives, and is seen: until nothing moves any more. */
  async rest(): Promise<void> {
    for (let still = 0, seen = -1; still < 2; ) {
      await act(async () => {
        await this.desk.converse();
        await new Promise((done) => setTimeout(done, SHOWN_WITHIN_MS));
      });
      const { version } = this.opened.store.getState();
      const moves = version !== seen || this.router.state.status !== 'idle' || (this.desk.wire?.down.length ?? 0) > 0;
      still = moves ? 0 : still + 1;
      seen = version;
    }
  }

  /** Frames arrive and are seen, in the middle of everything. */
  sees(frames: number): void {
    act(() => {
      this.desk.wire?.deliver(frames);
      this.opened.store.setState(({ version }) => ({ version: version + 1, connection: this.opened.client.connection, pending: this.opened.client.commands.pending }));
    });
  }

  async opens(id: string): Promise<void> {
    await act(async () => {
      await this.router.navigate({ to: `/inbox/${id}` });
    });
    await this.rest();
  }

  async goesElsewhere(): Promise<void> {
    await act(() => this.router.navigate({ to: '/board' }));
    await this.rest();
  }

  /** What the address says is open. */
  get at(): string | undefined {
    return this.router.state.location.pathname.split('/')[2] || undefined;
  }

  get path(): string {
    return this.router.state.location.pathname;
  }

  get field(): HTMLTextAreaElement | null {
    return document.querySelector<HTMLTextAreaElement>('textarea[aria-label^="Answer to"]');
  }

  get isInField(): boolean {
    return this.field !== null && document.activeElement === this.field;
  }

  press(key: string, alt = false, ctrl = false): void {
    const target = document.activeElement ?? document.body;
    act(() => {
      const event = new KeyboardEvent('keydown', { key, altKey: alt, ctrlKey: ctrl, bubbles: true, cancelable: true });
      const isHeard = target.dispatchEvent(event);
      if (!isHeard || alt || ctrl) return;
      const field = document.activeElement;
      if ((field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) && field === target && !field.readOnly && key.length === 1) insert(field, key);
    });
  }

  type(words: string): void {
    for (const letter of words) this.press(letter);
  }

  /** With the mouse: what the press took off the page gets no click. */
  click(target: HTMLElement): void {
    act(() => {
      target.dispatchEvent(new Event('pointerdown', { bubbles: true, cancelable: true }));
      const takes = target.closest<HTMLElement>('textarea, input, button, a');
      if (!target.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, cancelable: true }))) return;
      if (takes === null) (document.activeElement as HTMLElement | null)?.blur();
      else takes.focus();
    });
    if (target.isConnected) act(() => target.click());
  }

  /** By the keyboard: a button that has the focus. */
  clicks(target: HTMLElement): void {
    act(() => target.click());
  }

  /** The page goes; what the browser keeps stays. */
  reloads(): void {
    this.click(document.body);
    act(() => this.opened.stop());
    cleanup();
  }

  leaves(): void {
    this.reloads();
    localStorage.clear();
  }
}

function insert(field: HTMLTextAreaElement | HTMLInputElement, letter: string): void {
  const prototype = field instanceof HTMLTextAreaElement ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on the field
  const set = Object.getOwnPropertyDescriptor(prototype, 'value')?.set;
  set?.call(field, field.value + letter);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

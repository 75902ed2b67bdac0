// The one live client of a signed-in person, as React reads it: a store whose version rises when anything was folded.
import type { QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect } from 'react';
import { createStore, type StoreApi, useStore } from 'zustand';
import type { CommandAnswers, CommandBodies, CommandName, Me } from '../api/types';
import { browserClosings, browserKeep, browserSurroundings } from './browser';
import { type Connection, LiveClient, type Surroundings } from './client';
import { type Closing, Closings, type NotClosed } from './closings';
import type { Keep, Pending } from './commands';
import type { Topic } from './frames';
import { Freshness, newQueries } from './freshness';
import { type MakeSlices, type Model, newModel } from './model';
import { forgetWords } from './shelf';

export interface Live {
  version: number;
  connection: Connection;
  pending: readonly Pending[];
  model: Model;
  skewMs: number;
  /** What is about to be closed. */
  closings: readonly Closing[];
  /** What was to be closed, and was not. */
  notClosed: readonly NotClosed[];
}

export interface Desk {
  me: Me;
  store: StoreApi<Live>;
  client: LiveClient;
  closings: Closings;
  /** What was read beside the socket. */
  queries: QueryClient;
  command: <N extends CommandName>(name: N, body: CommandBodies[N]) => Promise<CommandAnswers[N]>;
  /** Tells the page that something was folded. */
  show: () => void;
  stop: () => void;
}

/** Changes are shown together, at most once per frame of the screen (hidden tabs have no frames, hence a timer). */
const TOGETHER_MS = 16;

export function openDesk(me: Me, slices: MakeSlices, world: Surroundings = browserSurroundings(), keep: Keep = browserKeep(me.user.id)): Desk {
  forgetWords(me.user.id);
  let timer: ReturnType<typeof setTimeout> | null = null;
  const client = new LiveClient(newModel(slices), world, keep, () => (timer ??= setTimeout(show, TOGETHER_MS)));
  const kept = browserClosings(me.user.id);
  const close = ({ id, conversation, seen }: Closing) => client.command('close', { conversation_id: conversation, ...(seen === null ? {} : { seen }) }, id);
  const closings = new Closings(kept, world, close, () => (timer ??= setTimeout(show, TOGETHER_MS)));
  const store = createStore<Live>(() => ({ version: 0, connection: client.connection, pending: client.commands.pending, model: client.model, skewMs: 0, closings: closings.list, notClosed: closings.refused }));
  function show(): void {
    timer = null;
    store.setState(({ version }) => ({ version: version + 1, connection: client.connection, pending: client.commands.pending, skewMs: client.skewMs, closings: closings.list, notClosed: closings.refused }));
  }
  const retry = () => {
    client.retryNow();
    client.check();
  };
  const check = () => client.check();
  const wake = () => document.visibilityState === 'visible' && client.check();
  window.addEventListener('online', retry);
  window.addEventListener('offline', check);
  // A page that was put to sleep wakes with a connection that may have died meanwhile.
  document.addEventListener('visibilitychange', wake);
  const queries = newQueries();
  const freshness = new Freshness(queries, (ms, then) => world.later(ms, then));
  client.model.heard = freshness.heard;
  client.model.self = me.agent;
  client.subscribe('inbox');
  client.start();
  closings.start();
  const undone = kept.onDropped((id) => closings.dropped(id));
  return {
    me,
    store,
    client,
    closings,
    queries,
    command: (name, body) => client.command(name, body),
    show,
    stop() {
      window.removeEventListener('online', retry);
      window.removeEventListener('offline', check);
      document.removeEventListener('visibilitychange', wake);
      undone();
      closings.stop();
      freshness.stop();
      client.stop();
    },
  };
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error('there is no desk here');
  return desk;
}

/** Something of the live state. What `select` answers must be the same value as long as nothing of it changed. */
export function useLive<T>(select: (live: Live) => T): T {
  return useStore(useDesk().store, select);
}

export function useTopic(topic: Topic | null): void {
  const { client } = useDesk();
  useEffect(() => {
    if (topic === null) return;
    client.subscribe(topic);
    return () => client.unsubscribe(topic);
  }, [client, topic]);
  // A conversation that was lost and regained is asked for again; one that stands is not.
  const visible = useLive(({ model }) => topic?.startsWith('conversation:') === true && model.conversations.get(topic.slice(13)) !== undefined);
  useEffect(() => {
    if (visible && topic !== null) client.subscribe(topic);
  }, [client, topic, visible]);
}

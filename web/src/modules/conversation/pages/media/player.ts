// One player for all voice notes: it goes on while one scrolls, and a second note stops the first.
import { create } from 'zustand';
import type { Id } from '../../../../api/types';
import { keepOnShelf, readShelf } from '../../../../live/shelf';

export const SPEEDS = [1, 1.5, 2] as const;
const KEY = 'dashoffice.speed';

interface Player {
  id: Id | null;
  playing: boolean;
  /** Seconds. */
  at: number;
  speed: number;
}

export const usePlayer = create<Player>(() => ({ id: null, playing: false, at: 0, speed: chosenSpeed() }));

let element: HTMLAudioElement | null = null;
/** Answers a fresh address of what is being played; null: there is none. */
let renew: () => Promise<string | null> = () => Promise.resolve(null);
let renewed = false;

function chosenSpeed(): number {
  const chosen = Number(readShelf(KEY));
  return SPEEDS.find((speed) => speed === chosen) ?? 1;
}

function sound(): HTMLAudioElement {
  if (element !== null) return element;
  const audio = new Audio();
  audio.preservesPitch = true;
  audio.ontimeupdate = () => usePlayer.setState({ at: audio.currentTime });
  audio.onplay = () => usePlayer.setState({ playing: true });
  audio.onpause = () => usePlayer.setState({ playing: false });
  audio.onended = () => {
    audio.currentTime = 0;
    usePlayer.setState({ playing: false, at: 0 });
  };
  audio.onerror = () => void recover(audio);
  element = audio;
  return audio;
}

/** The address has ended while it was played: goes on at the same place from a fresh one, once. */
async function recover(audio: HTMLAudioElement): Promise<void> {
  const { id, at } = usePlayer.getState();
  usePlayer.setState({ playing: false });
  if (id === null || renewed) return;
  renewed = true;
  const fresh = await renew();
  if (fresh !== null && usePlayer.getState().id === id) start(audio, fresh, at);
}

function start(audio: HTMLAudioElement, url: string, at: number): void {
  audio.src = url;
  audio.playbackRate = usePlayer.getState().speed;
  audio.currentTime = at;
  // Where the browser refuses, the button still says "play".
  audio.play().catch(() => undefined);
}

export function toggle(id: Id, url: string, fresh: () => Promise<string | null>): void {
  const audio = sound();
  const { id: current, playing, at } = usePlayer.getState();
  if (current === id && playing) {
    audio.pause();
    return;
  }
  renew = fresh;
  renewed = false;
  const from = current === id ? at : 0;
  usePlayer.setState({ id, at: from });
  start(audio, url, from);
}

/** `url`: for a note that is not the one in the player. */
export function seek(id: Id, seconds: number): void {
  if (usePlayer.getState().id !== id) return;
  sound().currentTime = seconds;
  usePlayer.setState({ at: seconds });
}

export function nextSpeed(): void {
  const { speed } = usePlayer.getState();
  const next = SPEEDS[(SPEEDS.findIndex((one) => one === speed) + 1) % SPEEDS.length] ?? 1;
  keepOnShelf(KEY, String(next));
  if (element !== null) element.playbackRate = next;
  usePlayer.setState({ speed: next });
}

export function silence(): void {
  element?.pause();
  usePlayer.setState({ id: null, at: 0 });
}

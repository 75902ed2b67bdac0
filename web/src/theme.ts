// Light, dark, or as the system says; kept on this device.
import { keepOnShelf, readShelf } from './live/shelf';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'dashoffice.theme';

export function theme(): Theme {
  const kept = readShelf(KEY);
  return THEMES.find((theme) => theme === kept) ?? 'system';
}

export function setTheme(theme: Theme): void {
  keepOnShelf(KEY, theme);
  applyTheme();
}

export function applyTheme(): void {
  const chosen = theme();
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

// Dates, times, spans and telephone numbers as a person of this language writes them.
import i18next from 'i18next';

const made = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat>();

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return kept(`d${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(i18next.language, options)) as Intl.DateTimeFormat;
}

function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return kept(`n${JSON.stringify(options)}`, () => new Intl.NumberFormat(i18next.language, options)) as Intl.NumberFormat;
}

function kept(key: string, make: () => Intl.DateTimeFormat | Intl.NumberFormat): Intl.DateTimeFormat | Intl.NumberFormat {
  const whole = `${i18next.language}${key}`;
  const found = made.get(whole) ?? make();
  made.set(whole, found);
  return found;
}

export function time(instant: string): string {
  return dates({ hour: 'numeric', minute: '2-digit' }).format(Date.parse(instant));
}

export function moment(instant: string): string {
  return dates({ dateStyle: 'full', timeStyle: 'medium' }).format(Date.parse(instant));
}

export function shortDate(instant: string): string {
  return dates({ dateStyle: 'short' }).format(Date.parse(instant));
}

export function dayAndMonth(instant: string, now: number): string {
  const thisYear = new Date(instant).getFullYear() === new Date(now).getFullYear();
  return dates({ weekday: 'long', day: 'numeric', month: 'long', ...(thisYear ? {} : { year: 'numeric' }) }).format(Date.parse(instant));
}

/** How many local midnights lie between. */
export function daysBetween(earlier: number, later: number): number {
  const midnight = (at: number) => new Date(at).setHours(0, 0, 0, 0);
  return Math.round((midnight(later) - midnight(earlier)) / 86_400_000);
}

/** A running clock: `02:31`, `1:02:31`; from two days on, whole days. */
export function waited(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  const [h, m, s] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (h >= 48) return numbers({ style: 'unit', unit: 'day', unitDisplay: 'short' }).format(Math.floor(h / 24));
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** What is left of something, coarsely: `2 h 46 min`. */
export function left(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  const unit = (value: number, unit: 'hour' | 'minute') => numbers({ style: 'unit', unit, unitDisplay: 'short' }).format(value);
  if (minutes < 60) return unit(minutes, 'minute');
  return `${unit(Math.floor(minutes / 60), 'hour')} ${unit(minutes % 60, 'minute')}`;
}

export function seconds(count: number): string {
  return numbers({ style: 'unit', unit: 'second', unitDisplay: 'short' }).format(count);
}

/** How fast a voice note is played: `1.5×`. */
export function speed(factor: number): string {
  return `${numbers({ maximumFractionDigits: 1 }).format(factor)}×`;
}

/** The size of a file, coarsely: `340 kB`. */
export function bytes(size: number): string {
  const [value, unit] = size < 1_000 ? [size, 'byte'] : size < 1_000_000 ? [size / 1_000, 'kilobyte'] : size < 1_000_000_000 ? [size / 1_000_000, 'megabyte'] : [size / 1_000_000_000, 'gigabyte'];
  return numbers({ style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

export function count(value: number): string {
  return numbers({}).format(value);
}

/** The provider's text; shown as money only where it is a number in a currency we can name. */
export function money(price: string, currency: string): string {
  const value = Number(price);
  if (price.trim() === '' || !Number.isFinite(value) || !/^[A-Z]{3}$/.test(currency)) return `${price} ${currency}`;
  return numbers({ style: 'currency', currency }).format(value);
}

/** Digits of a WhatsApp id in the groups of the country, where they are known; else in threes from the right. */
export function phone(digits: string): string {
  const groups = [
    /^(55)(\d{2})(\d{5})(\d{4})$/, /^(55)(\d{2})(\d{4})(\d{4})$/, /^(52)1?(\d{2})(\d{4})(\d{4})$/, /^(54)9?(\d{2})(\d{4})(\d{4})$/,
    /^(57)(\d{3})(\d{3})(\d{4})$/, /^(56)(\d)(\d{4})(\d{4})$/, /^(51)(\d{3})(\d{3})(\d{3})$/, /^(1)(\d{3})(\d{3})(\d{4})$/, /^(34)(\d{3})(\d{3})(\d{3})$/,
  ].map((pattern) => pattern.exec(digits)).find((found) => found !== null);
  if (groups) return `+${groups.slice(1, -1).join(' ')}-${groups.at(-1) ?? ''}`;
  return /^\d{7,15}$/.test(digits) ? `+${digits}` : digits;
}

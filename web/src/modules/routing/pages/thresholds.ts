// From where on a figure is red: to be set per queue once queues carry a service level.

/** How long a customer may wait in a queue. */
export const TOO_LONG_MS = 5 * 60_000;
/** How long a customer may wait for their agent's answer. */
export const UNANSWERED_TOO_LONG_MS = 10 * 60_000;

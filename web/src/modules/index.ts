// The modules' pages: a line for each module. It is loaded before the sign-in; pages and texts come when they are opened.
import { inbox } from './conversation/routes';
import { signIn } from './identity/routes';
import { board } from './routing/routes';
import { office } from './settings/routes';

/** Without a session. */
export const beforeDesk = [signIn] as const;
export const atDesk = [inbox, board, office] as const;

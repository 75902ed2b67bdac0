// What the modules add to the desk: a line for each module, in the order of the rail.
import type { DeskPart } from '../app/module';
import { conversation } from './conversation/desk';
import { routing } from './routing/desk';
import { settings } from './settings/desk';

export const parts: readonly DeskPart[] = [conversation, routing, settings];

// The inbox, and the conversation that is open in it.
import { createRoute } from '@tanstack/react-router';
import { desk } from '../../app/frame';
import { lazyPage } from '../../app/module';
import { texts } from './texts';

export const inbox = createRoute({
  getParentRoute: () => desk,
  path: '/inbox/{-$conversationId}',
  component: lazyPage(texts, () => import('./pages/Inbox'), 'Inbox'),
});

// The supervisors' board.
import { createRoute } from '@tanstack/react-router';
import { desk } from '../../app/frame';
import { lazyPage } from '../../app/module';
import { texts } from './texts';

export const board = createRoute({
  getParentRoute: () => desk,
  path: '/board',
  component: lazyPage(texts, () => import('./pages/BoardPage'), 'BoardPage'),
});

// The office: what a company sets up.
import { createRoute } from '@tanstack/react-router';
import { desk } from '../../app/frame';
import { lazyPage } from '../../app/module';
import { texts } from './texts';

export const office = createRoute({
  getParentRoute: () => desk,
  path: '/office/{-$noun}',
  component: lazyPage(texts, () => import('./pages/OfficePage'), 'OfficePage'),
});

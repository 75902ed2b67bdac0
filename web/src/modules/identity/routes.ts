// The sign-in, which stands alone and small.
import { createRoute } from '@tanstack/react-router';
import { root } from '../../app/frame';
import { lazyPage } from '../../app/module';
import { texts } from './texts';

export const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyPage(texts, () => import('./pages/SignIn'), 'SignIn'),
});

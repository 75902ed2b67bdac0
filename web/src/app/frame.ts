// What every address hangs on: the page itself, and the desk behind the sign-in, whose pages share one live connection.
import { createRootRoute, createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { session } from '../api/session';

export const root = createRootRoute();

export const desk = createRoute({
  getParentRoute: () => root,
  id: 'desk',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way of going elsewhere
    if (session() === null) throw redirect({ to: '/sign-in' });
  },
  component: lazyRouteComponent(async () => {
    const layout = await import('./DeskLayout');
    await layout.bringDeskTexts();
    return layout;
  }, 'DeskLayout'),
});

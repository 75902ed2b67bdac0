// The pages and their addresses. Each is loaded when it is first opened; sign-in stands alone and small.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { session } from '../api/session';

const root = createRootRoute();

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('../pages/sign-in/SignIn'), 'SignIn'),
});

/** Everything behind the sign-in shares one live connection. */
const desk = createRoute({
  getParentRoute: () => root,
  id: 'desk',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way of going elsewhere
    if (session() === null) throw redirect({ to: '/sign-in' });
  },
  component: lazyRouteComponent(() => import('./DeskLayout'), 'DeskLayout'),
});

const home = createRoute({
  getParentRoute: () => desk,
  path: '/',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way of going elsewhere
    throw redirect({ to: '/inbox/{-$conversationId}', params: {} });
  },
});

const inbox = createRoute({
  getParentRoute: () => desk,
  path: '/inbox/{-$conversationId}',
  component: lazyRouteComponent(() => import('../pages/inbox/Inbox'), 'Inbox'),
});

const board = createRoute({
  getParentRoute: () => desk,
  path: '/board',
  component: lazyRouteComponent(() => import('../pages/board/BoardPage'), 'BoardPage'),
});

export const router = createRouter({
  routeTree: root.addChildren([signIn, desk.addChildren([home, inbox, board])]),
  defaultPreload: 'intent',
  defaultPendingMs: 300,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

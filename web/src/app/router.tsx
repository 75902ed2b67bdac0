// The pages and their addresses: those of the modules, each loaded when it is first opened.
import { createRoute, createRouter, redirect } from '@tanstack/react-router';
import { atDesk, beforeDesk } from '../modules';
import { desk, root } from './frame';

const home = createRoute({
  getParentRoute: () => desk,
  path: '/',
  beforeLoad: () => {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- the router's way of going elsewhere
    throw redirect({ to: '/inbox/{-$conversationId}', params: {} });
  },
});

export const router = createRouter({
  routeTree: root.addChildren([...beforeDesk, desk.addChildren([home, ...atDesk])]),
  defaultPreload: 'intent',
  defaultPendingMs: 300,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

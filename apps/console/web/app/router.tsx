import { createRouter } from '@tanstack/react-router';
import { NotFound } from '../parts/not-found';
import { PageProblem } from '../parts/page-problem';
import { isPortal, PORTAL_PATH } from './portal';
import { routeTree } from './routes';
import { parseSearch, stringifySearch } from './url-search';

export const router = createRouter({
  routeTree,
  basepath: isPortal ? PORTAL_PATH : '/console',
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: PageProblem,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

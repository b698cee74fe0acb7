import { createRouter, parseSearchWith, stringifySearchWith } from '@tanstack/react-router';
import { NotFound } from '../parts/not-found';
import { ProblemNotice } from '../parts/problem-notice';
import { isPortal, PORTAL_PATH } from './portal';
import { routeTree } from './routes';

/** Filters are plain text in the URL, so that people can read and write them. */
const searchText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

export const router = createRouter({
  routeTree,
  basepath: isPortal ? PORTAL_PATH : '/console',
  parseSearch: parseSearchWith((text) => text),
  stringifySearch: stringifySearchWith(searchText),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: ({ error }) => <ProblemNotice error={error} />,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

import { createRouter } from '@tanstack/react-router';
import { NotFound } from '../parts/not-found';
import { ProblemNotice } from '../parts/problem-notice';
import { isPortal, PORTAL_PATH } from './portal';
import { routeTree } from './routes';

/** Filters are plain text in the URL, so that people can read and write them: also `3` and `true` are text. */
const parseSearch = (search: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(search));

function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(search).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}

export const router = createRouter({
  routeTree,
  basepath: isPortal ? PORTAL_PATH : '/console',
  parseSearch,
  stringifySearch,
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

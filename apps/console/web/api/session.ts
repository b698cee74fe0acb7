import { type QueryClient, queryOptions } from '@tanstack/react-query';
import type { Answer } from './answer';
import { requestContext } from './context';
import { NoAnswer, Problem, problemOf } from './problem';

/** Who uses this page, and what they may do. */
export type Session = Answer<'/v1/session'>;

type LogInOptions = Answer<'/v1/session/options'>;

async function call<Body>(path: string, init: RequestInit = {}): Promise<Body> {
  const response = await fetch(path, init).catch((error: unknown) => {
    throw new NoAnswer(error);
  });
  if (!response.ok) throw await problemOf(response);
  return (response.status === 204 ? undefined : await response.json()) as Body;
}

const post = (path: string, body: object): Promise<Session> =>
  call<Session>(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).then(begun);

function begun(session: Session): Session {
  requestContext.csrfToken = session.csrfToken;
  return session;
}

/** The session, or `null` for nobody. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: (): Promise<Session | null> =>
    call<Session>('/v1/session')
      .then(begun)
      .catch((error: unknown) => {
        if (error instanceof Problem && error.status === 401) return null;
        throw error;
      }),
  staleTime: Infinity,
  gcTime: Infinity,
});

/** Shows the page to somebody else, or to nobody. What it knows of others' answers is forgotten. */
export function changeSession(queries: QueryClient, session: Session | null): void {
  queries.setQueryData(sessionQuery.queryKey, session);
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
}

export const logInMethodsQuery = queryOptions({
  queryKey: ['session', 'options'],
  queryFn: () => call<LogInOptions>('/v1/session/options').then(({ methods }) => methods),
});

export const logInWithKey = (apiKey: string): Promise<Session> => post('/v1/session', { apiKey });
export const logInWithDevelopmentKey = (): Promise<Session> => post('/v1/session/development-key', {});
export const openPortal = (token: string): Promise<Session> => post('/v1/session/portal', { token });

export const logOut = (): Promise<void> =>
  call('/v1/session', {
    method: 'DELETE',
    headers: { 'X-CSRF-Token': requestContext.csrfToken ?? '' },
  });

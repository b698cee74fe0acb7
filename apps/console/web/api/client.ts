import createClient, { type Middleware } from 'openapi-fetch';
import createQueryClient from 'openapi-react-query';
import { contextHeaders, isRead } from './context';
import type { paths } from './generated/paths';
import { noteWritten } from './own-writes';
import { NoAnswer, problemOf } from './problem';

const context: Middleware = {
  onRequest({ request }) {
    const headers = contextHeaders(request.method, new URL(request.url).pathname);
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    return request;
  },
  async onResponse({ request, response }) {
    if (!isRead(request.method)) noteWritten(response.headers.get('Orderstream-Position'));
    if (response.ok) return;
    if (response.status === 401) dispatchEvent(new Event(SESSION_ENDED));
    throw await problemOf(response);
  },
  // A request that the page itself gave up is no failure.
  onError: ({ error, request }) => (request.signal.aborted ? undefined : new NoAnswer(error)),
};

/** Dispatched to the window when the server no longer knows the session. */
export const SESSION_ENDED = 'orderstream:session-ended';

/** The API, with the types of its OpenAPI document. Failed requests throw a {@link Problem}. */
export const client = createClient<paths>({ baseUrl: location.origin });
client.use(context);

/** The same as hooks of TanStack Query. */
export const api = createQueryClient(client);

/** The body of an answer that has one; what failed was thrown before. */
export async function answerOf<Answer>(asked: Promise<{ data?: Answer | undefined }>): Promise<Answer> {
  const { data } = await asked;
  if (data === undefined) throw new Error('The answer has no body.');
  return data;
}

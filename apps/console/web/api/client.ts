import createClient, { type Middleware } from 'openapi-fetch';
import createQueryClient from 'openapi-react-query';
import { contextHeaders } from './context';
import type { paths } from './generated/paths';
import { problemOf } from './problem';

const context: Middleware = {
  onRequest({ request }) {
    const headers = contextHeaders(request.method, new URL(request.url).pathname);
    for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return;
    if (response.status === 401) dispatchEvent(new Event(SESSION_ENDED));
    throw await problemOf(response);
  },
};

/** Dispatched to the window when the server no longer knows the session. */
export const SESSION_ENDED = 'orderstream:session-ended';

/** The API, with the types of its OpenAPI document. Failed requests throw a {@link Problem}. */
export const client = createClient<paths>({ baseUrl: location.origin });
client.use(context);

/** The same as hooks of TanStack Query. */
export const api = createQueryClient(client);

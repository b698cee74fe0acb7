import type { ServerResponse } from 'node:http';

const CALLBACKS = Symbol('closed-callbacks');
type WatchedResponse = ServerResponse & { [CALLBACKS]?: (() => void)[] };

/**
 * Calls back once when a response was sent or its connection is lost. All callbacks share one listener, since several
 * parts ask this of every request.
 */
export function onceClosed(response: WatchedResponse, callback: () => void): void {
  const callbacks = response[CALLBACKS];
  if (callbacks) return void callbacks.push(callback);
  const first = [callback];
  response[CALLBACKS] = first;
  response.once('close', () => {
    for (const each of first) each();
  });
}

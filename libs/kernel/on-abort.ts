/**
 * One native listener for each signal, however many wait for it: Node walks its list of listeners at every addition, and
 * warns of a leak from the eleventh on, while thousands of deliveries may wait for one stop.
 */
const listenersOf = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls the listener when the signal aborts, at once if it has. Returns how to unsubscribe. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return () => undefined;
  }
  const listeners = listenersOf.get(signal) ?? listenTo(signal);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const listeners = new Set<() => void>();
  listenersOf.set(signal, listeners);
  const tell = (): void => {
    for (const listener of listeners) listener();
    listeners.clear();
  };
  signal.addEventListener('abort', tell, { once: true });
  return listeners;
}

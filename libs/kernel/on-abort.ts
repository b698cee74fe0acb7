/**
 * One native listener for each signal, however many wait for it: Node walks its list of listeners at every addition, and
 * warns of a leak from the eleventh on, while thousands of deliveries may wait for one stop.
 */
const listenersOf = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls the listener when the signal aborts, at once if it has. Returns how to unsubscribe. A listener that throws keeps no
 * other from being called; its error becomes an uncaught exception, which stops the process in an orderly way.
 */
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
    for (const listener of listeners) {
      try {
        listener();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    listeners.clear();
  };
  signal.addEventListener('abort', tell, { once: true });
  return listeners;
}

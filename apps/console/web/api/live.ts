import { useEffect, useRef, useState } from 'react';
import { client } from './client';

/** `lost`: it was refused or broke off, and is tried again. */
export type LiveState = 'connecting' | 'open' | 'lost' | 'closed';

const NONE: readonly string[] = [];
const RECONNECT_MS = 5_000;

/**
 * Follows server-sent events of a path while it is given, and reconnects by itself until the session ends.
 * @param receive called with each event's data and name, which is `message` if it has none; it may change between calls
 * @param names of events that have one
 */
export function useLive<Data>(
  path: string | undefined,
  receive: (data: Data, name: string) => void,
  names: readonly string[] = NONE,
): LiveState {
  const [state, setState] = useState<LiveState>('closed');
  const latest = useRef(receive);
  useEffect(() => {
    latest.current = receive;
  });
  useEffect(() => {
    if (path === undefined) return undefined;
    const received = ({ data, type }: MessageEvent<string>) => latest.current(JSON.parse(data) as Data, type);
    let source: EventSource;
    let timer: ReturnType<typeof setTimeout>;
    const connect = () => {
      source = new EventSource(path);
      source.addEventListener('open', () => setState('open'));
      source.addEventListener('error', () => {
        setState('lost');
        // Browsers give up after any answer but a stream, such as one of a proxy while the server restarts.
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(reconnect, RECONNECT_MS);
      });
      for (const name of ['message', ...names]) source.addEventListener(name, received);
    };
    const reconnect = () => {
      connect();
      // Nobody sees the status of a stream: a session that has ended is noticed by a request beside it.
      client.GET('/v1/session').catch(() => undefined);
    };
    setState('connecting');
    connect();
    return () => {
      clearTimeout(timer);
      source.close();
      setState('closed');
    };
  }, [path, names]);
  return state;
}

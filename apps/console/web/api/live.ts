import { useEffect, useRef, useState } from 'react';

export type LiveState = 'connecting' | 'open' | 'closed';

const NONE: readonly string[] = [];

/**
 * Follows server-sent events of a path while it is given, and reconnects by itself.
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
    setState('connecting');
    const source = new EventSource(path);
    source.addEventListener('open', () => setState('open'));
    source.addEventListener('error', () =>
      setState(source.readyState === EventSource.CLOSED ? 'closed' : 'connecting'),
    );
    const received = ({ data, type }: MessageEvent<string>) => latest.current(JSON.parse(data) as Data, type);
    for (const name of ['message', ...names]) source.addEventListener(name, received);
    return () => {
      source.close();
      setState('closed');
    };
  }, [path, names]);
  return state;
}

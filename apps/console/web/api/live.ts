import { useEffect, useRef, useState } from 'react';

export type LiveState = 'connecting' | 'open' | 'closed';

/**
 * Follows server-sent events of a path while it is given, and reconnects by itself.
 * @param receive called with each event's data; it may change between calls
 */
export function useLive<Data>(path: string | undefined, receive: (data: Data) => void): LiveState {
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
    source.addEventListener('message', ({ data }: MessageEvent<string>) =>
      latest.current(JSON.parse(data) as Data),
    );
    return () => {
      source.close();
      setState('closed');
    };
  }, [path]);
  return state;
}

import { useEffect, useRef, useState } from 'react';
import { type LiveState, useLive } from '../../api/live';
import { isTimeToDraw } from './drawing-pace';
import type { LoggedEvent } from './log';

export const MOST_ROWS = 200;
/** The table is drawn anew this often at most, however many events come in. */
const DRAWN_EVERY_MS = 250;
const DROPPED = ['dropped'] as const;

interface TailFilters {
  readonly topics?: string | undefined;
  readonly eventTypes?: string | undefined;
  readonly tenant?: string | undefined;
}

interface Tail {
  /** Newest first. */
  readonly rows: readonly LoggedEvent[];
  readonly state: LiveState;
  /** Events that the server left out because this page read too slowly. */
  readonly dropped: number;
  readonly isPaused: boolean;
  readonly setPaused: (isPaused: boolean) => void;
  readonly clear: () => void;
}

/** New events of the log, of which the newest are kept. */
export function useTail(filters: TailFilters): Tail {
  const [rows, setRows] = useState<readonly LoggedEvent[]>([]);
  const [dropped, setDropped] = useState(0);
  const [isPaused, setPaused] = useState(false);
  const waiting = useRef<LoggedEvent[]>([]);
  const path = pathOf(filters);

  const state = useLive<LoggedEvent | { readonly count: number }>(
    isPaused ? undefined : path,
    (data, name) => {
      if ('count' in data) {
        if (name === 'dropped') setDropped((count) => count + data.count);
        return;
      }
      waiting.current.push(data);
      if (waiting.current.length > MOST_ROWS) waiting.current.shift();
    },
    DROPPED,
  );

  useEffect(() => {
    let drawnAt = 0;
    const timer = setInterval(() => {
      const now = performance.now();
      if (!isTimeToDraw(waiting.current.length, now - drawnAt)) return;
      drawnAt = now;
      const newest = waiting.current.toReversed();
      waiting.current = [];
      setRows((rows) => [...newest, ...rows].slice(0, MOST_ROWS));
    }, DRAWN_EVERY_MS);
    return () => clearInterval(timer);
  }, []);

  const clear = () => {
    waiting.current = [];
    setRows([]);
    setDropped(0);
  };
  // Rows of other filters would mislead.
  useEffect(clear, [path]);
  return { rows, state, dropped, isPaused, setPaused, clear };
}

function pathOf(filters: TailFilters): string {
  const given = Object.entries(filters).filter((each): each is [string, string] => each[1] !== undefined);
  const query = new URLSearchParams(given).toString();
  return `/v1/operations/log/stream${query === '' ? '' : `?${query}`}`;
}

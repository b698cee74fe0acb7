interface TimeTextProps {
  readonly at: string;
  /** Without the day. */
  readonly brief?: boolean;
  /** To the millisecond, where moments are close to each other. */
  readonly exact?: boolean;
}

/** A moment, in the person's zone to the second; the exact one in UTC when pointed at. */
export function TimeText({ at, brief = false, exact = false }: TimeTextProps) {
  return (
    <time dateTime={at} title={at} style={{ whiteSpace: 'nowrap' }}>
      {(brief ? TIME_OF_DAY : exact ? EXACT_MOMENT : MOMENT).format(new Date(at))}
    </time>
  );
}

const TIME = { hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const TIME_OF_DAY = new Intl.DateTimeFormat('en-GB', TIME);
const DATE_AND_TIME = { year: 'numeric', month: 'short', day: '2-digit', ...TIME } as const;
const MOMENT = new Intl.DateTimeFormat('en-GB', DATE_AND_TIME);
const EXACT_MOMENT = new Intl.DateTimeFormat('en-GB', { ...DATE_AND_TIME, fractionalSecondDigits: 3 });

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** A duration by its two largest units: `3 d 4 h`, `12 s`, `250 ms`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const first = UNITS.findIndex(([, unit]) => ms >= unit);
  let left = ms;
  const parts = UNITS.slice(first, first + 2).map(([name, unit]) => {
    const count = Math.floor(left / unit);
    left -= count * unit;
    return count === 0 ? '' : `${count} ${name}`;
  });
  return parts.filter(Boolean).join(' ');
}

/** How long ago it was, by the clock of this machine. */
export const ageText = (at: string): string => durationText(Math.max(0, Date.now() - Date.parse(at)));

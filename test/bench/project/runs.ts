/** Where in a run the time went, in seconds. */
export interface Phases {
  readonly load: number;
  /** Where loads were checked. */
  readonly check: number | undefined;
  readonly index: number;
  readonly switch: number;
}

/** One run of one contestant, in a process of its own. */
export interface Run {
  readonly events: number;
  readonly seconds: number;
  /** CPU time of the process for one event, in microseconds. */
  readonly cpuMicros: number;
  /** From before it joined the group, where it had to join one. */
  readonly secondsWithJoining?: number;
  readonly phases?: Phases;
  /** Rows in the end, where there are any. */
  readonly rows?: number;
  /** Differences from what was appended, which void every number of the contestant. */
  readonly lost?: string;
}

export const perSecond = ({ events, seconds }: Run): number => events / seconds;

export interface Filled {
  readonly events: number;
  readonly orders: number;
  readonly stockEvents: number;
  readonly skus: number;
}

/** CPU time of this process. */
export function stopwatch(): () => { readonly seconds: number; readonly micros: number } {
  const cpu = process.cpuUsage();
  const began = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - began) / 1_000, micros: user + system };
  };
}

import {
  type CpuProfile,
  isEngine,
  type ProfileNode,
  type ProfileSummary,
  sourceOf,
  summarize,
} from '../../profile/cpu-profile.js';

/** Milliseconds of the machine's monotonic clock. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** With its start in microseconds of the same clock. */
export type TimedProfile = CpuProfile & { readonly startTime: number };

/** The milliseconds that two spans share. */
export const overlap = (a: Span, b: Span): number =>
  Math.max(0, Math.min(a.until, b.until) - Math.max(a.from, b.from));

export interface TimerShare {
  readonly name: string;
  readonly ms: number;
}

/** A CPU profile by time. Each sample counts until the next one. */
export class Timeline {
  readonly #spans: readonly (Span & { readonly id: number })[];
  readonly #byId: ReadonlyMap<number, ProfileNode>;
  readonly #parents: ReadonlyMap<number, number>;
  readonly #idle: ReadonlySet<number>;

  constructor(private readonly profile: TimedProfile) {
    const { nodes, samples, timeDeltas, startTime } = profile;
    this.#byId = new Map(nodes.map((node) => [node.id, node]));
    this.#parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
    this.#idle = new Set(
      nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
    );
    let micros = startTime;
    const times = samples.map((_, index) => (micros += timeDeltas[index] ?? 0) / 1_000);
    // V8 sometimes records neighbouring samples in the wrong order.
    const sorted = samples
      .map((id, index) => ({ id, from: times[index] ?? 0 }))
      .toSorted((a, b) => a.from - b.from);
    this.#spans = sorted.map((sample, index) => ({
      ...sample,
      until: sorted[index + 1]?.from ?? sample.from,
    }));
  }

  /** Summarizes only the samples within the span. */
  summary(span: Span): ProfileSummary {
    const inside = this.#spans.filter((sample) => overlap(sample, span) > 0);
    return summarize({
      nodes: this.profile.nodes,
      samples: inside.map(({ id }) => id),
      timeDeltas: inside.map((sample) => overlap(sample, span) * 1_000),
    });
  }

  /** Spans of at least that many milliseconds without an idle sample. */
  busyStretches(leastMs: number): Span[] {
    const stretches: { from: number; until: number }[] = [];
    let isBusy = false;
    for (const { id, from, until } of this.#spans) {
      const last = stretches.at(-1);
      if (this.#idle.has(id)) isBusy = false;
      else if (isBusy && last) last.until = until;
      else {
        isBusy = true;
        stretches.push({ from, until });
      }
    }
    return stretches.filter(({ from, until }) => until - from >= leastMs);
  }

  /** The time that timer callbacks took within the span, the longest first. */
  timersWithin(span: Span): TimerShare[] {
    const shares = new Map<string, number>();
    for (const sample of this.#spans) {
      const ms = overlap(sample, span);
      const name = ms > 0 ? this.#timerOf(sample.id) : undefined;
      if (name !== undefined) shares.set(name, (shares.get(name) ?? 0) + ms);
    }
    return [...shares].map(([name, ms]) => ({ name, ms })).toSorted((a, b) => b.ms - a.ms);
  }

  /** The timer callback in this stack, if a timer started it. */
  #timerOf(id: number): string | undefined {
    let name = 'timers of Node itself';
    for (let node = this.#byId.get(id); node; node = this.#byId.get(this.#parents.get(node.id) ?? 0)) {
      const { functionName, url } = node.callFrame;
      if (functionName === 'processTimers' && url.startsWith('node:')) return name;
      if (!isEngine(node)) name = `${functionName || '(anonymous)'} ${sourceOf(node)}`;
    }
    return undefined;
  }
}

import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the clock of the kernel. */
const TICK_MICROS = 10_000;
const SAMPLE_MS = 200;
const KIB = 1_024;

/**
 * CPU time that a process and its children that have ended took, in microseconds; `undefined` where there is no such file
 * as Linux has.
 */
export function cpuMicros(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in brackets, which may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // User and system time, of the process and then of its children.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return ticks * TICK_MICROS;
  } catch {
    return undefined;
  }
}

/**
 * Does the work, and tells the CPU time that a process takes meanwhile: that depends less than throughput does on what else
 * the machine does.
 */
export async function withCpu<Result>(pid: number, work: () => Promise<Result>) {
  const before = cpuMicros(pid);
  const result = await work();
  const after = cpuMicros(pid);
  return { result, cpuMicros: before === undefined || after === undefined ? undefined : after - before };
}

/** Resident memory of a process in MiB; `undefined` where there is no such file as Linux has. */
export function residentMib(pid: number): number | undefined {
  try {
    const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) / KIB;
  } catch {
    return undefined;
  }
}

/** The most memory that a process has while it is watched. */
export class MemoryWatch {
  #peak: number | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly pid: number) {
    this.#sample();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  /** @returns the peak, in MiB */
  stop(): number | undefined {
    clearInterval(this.#timer);
    this.#sample();
    return this.#peak;
  }

  #sample(): void {
    const now = residentMib(this.pid);
    if (now !== undefined) this.#peak = Math.max(this.#peak ?? 0, now);
  }
}

import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the clock of the kernel. */
const TICK_MICROS = 10_000;
const SAMPLE_MS = 200;
const KIB = 1_024;

/** CPU time that a process has used, in microseconds; `undefined` where there is no such file as Linux has. */
function cpuMicros(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in brackets, which may hold blanks.
    const [, , , , , , , , , , , user = '', system = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(user) + Number(system)) * TICK_MICROS;
  } catch {
    return undefined;
  }
}

interface Relative {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function allProcesses(): readonly Relative[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const [, parent = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ pid: Number(name), parent: Number(parent), command }];
    } catch {
      // It has just ended.
      return [];
    }
  });
}

/**
 * CPU time in microseconds of the processes that this one has started, and of those that they have started, by what their
 * commands match; empty where there are no such files as Linux has.
 */
export function cpuByRole<Role extends string>(
  roles: Readonly<Record<Role, RegExp>>,
): Partial<Record<Role, number>> {
  if (cpuMicros(process.pid) === undefined) return {};
  const all = allProcesses();
  const names = Object.keys(roles) as Role[];
  const sums: Partial<Record<Role, number>> = {};
  const add = ({ pid, command }: Relative, inherited: Role | undefined): void => {
    const role = names.find((name) => roles[name].test(command)) ?? inherited;
    if (role) sums[role] = (sums[role] ?? 0) + (cpuMicros(pid) ?? 0);
    for (const child of all) if (child.parent === pid) add(child, role);
  };
  for (const child of all) if (child.parent === process.pid) add(child, undefined);
  return sums;
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

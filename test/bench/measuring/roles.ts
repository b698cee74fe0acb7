import { readdirSync, readFileSync } from 'node:fs';
import { cpuMicros, residentMib } from './processes.js';

/** Each role is played by the processes whose commands contain all of its texts, and by their children. */
export type Roles<Role extends string> = Readonly<Record<Role, readonly string[]>>;

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

/** Among the descendants of this process; none where there are no such files as Linux has. */
function pidsByRole<Role extends string>(roles: Roles<Role>): ReadonlyMap<Role, readonly number[]> {
  const pids = new Map<Role, number[]>();
  if (cpuMicros(process.pid) === undefined) return pids;
  const children = new Map<number, Relative[]>();
  for (const each of allProcesses()) children.set(each.parent, [...(children.get(each.parent) ?? []), each]);
  const names = Object.keys(roles) as Role[];
  const add = ({ pid, command }: Relative, inherited: Role | undefined): void => {
    const role = names.find((name) => roles[name].every((text) => command.includes(text))) ?? inherited;
    if (role) pids.set(role, [...(pids.get(role) ?? []), pid]);
    for (const child of children.get(pid) ?? []) add(child, role);
  };
  for (const child of children.get(process.pid) ?? []) add(child, undefined);
  return pids;
}

type ByRole<Role extends string> = Partial<Record<Role, number>>;

const mapRoles = <Role extends string>(roles: Roles<Role>, of: (pids: readonly number[]) => number) =>
  Object.fromEntries([...pidsByRole(roles)].map(([role, pids]) => [role, of(pids)])) as ByRole<Role>;

/** CPU time of each role in microseconds. */
export const cpuByRole = <Role extends string>(roles: Roles<Role>): ByRole<Role> =>
  mapRoles(roles, (pids) => sum(pids.map((pid) => cpuMicros(pid) ?? 0)));

/** Resident memory of each role in MiB. Memory that several processes share, as Postgres's do, counts once. */
export const memoryByRole = <Role extends string>(roles: Roles<Role>): ByRole<Role> =>
  mapRoles(roles, (pids) =>
    sum(pids.map((pid) => (pids.length > 1 ? proportionalMib(pid) : residentMib(pid)) ?? 0)),
  );

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Resident memory in MiB, where each page is split among the processes that share it. */
function proportionalMib(pid: number): number | undefined {
  try {
    const [, kibibytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? [];
    return Number(kibibytes) / 1_024;
  } catch {
    return residentMib(pid);
  }
}

export interface MemoryCourse<Role extends string> {
  readonly first: ByRole<Role>;
  readonly peak: ByRole<Role>;
  readonly last: ByRole<Role>;
  /** The most that all had together. */
  readonly peakOfAll: number | undefined;
}

const SAMPLE_MS = 1_000;

/** The memory of roles while they are watched, in MiB. */
export class MemoryOfRoles<Role extends string> {
  readonly #first: ByRole<Role>;
  #last: ByRole<Role>;
  #peak: ByRole<Role> = {};
  #peakOfAll: number | undefined;
  readonly #timer: NodeJS.Timeout;

  constructor(private readonly roles: Roles<Role>) {
    this.#first = memoryByRole(roles);
    this.#last = this.#first;
    this.#note();
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  stop(): MemoryCourse<Role> {
    clearInterval(this.#timer);
    this.#sample();
    return { first: this.#first, peak: this.#peak, last: this.#last, peakOfAll: this.#peakOfAll };
  }

  #sample(): void {
    this.#last = memoryByRole(this.roles);
    this.#note();
  }

  #note(): void {
    const now = Object.entries(this.#last) as [Role, number][];
    for (const [role, mib] of now) this.#peak[role] = Math.max(this.#peak[role] ?? 0, mib);
    if (now.length > 0) this.#peakOfAll = Math.max(this.#peakOfAll ?? 0, sum(now.map(([, mib]) => mib)));
  }
}

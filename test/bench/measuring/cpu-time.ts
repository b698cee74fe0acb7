import { readFileSync } from 'node:fs';

/** Linux counts in hundredths of a second, whatever the clock of the kernel. */
const TICK_MICROS = 10_000;

/** CPU time that a process has used, in microseconds; `undefined` where there is no such file as Linux has. */
export function cpuMicros(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in brackets, which may hold blanks.
    const [, , , , , , , , , , , user = '', system = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(user) + Number(system)) * TICK_MICROS;
  } catch {
    return undefined;
  }
}

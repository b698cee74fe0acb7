import { execFileSync } from 'node:child_process';
import { promtool } from '../../tools/launcher/embedded.mjs';

const program = promtool();

/** Tests that need promtool, and are skipped where it is not installed. */
export function describePromtool(tests: () => void): void {
  if (program === undefined)
    process.stderr.write('SKIPPED: promtool is not installed (apt-get install prometheus)\n');
  (program === undefined ? describe.skip : describe)('promtool', tests);
}

/** Runs promtool in tools/monitoring. @returns what it has written @throws if it finds something wrong */
export const checkedBy = (...args: string[]): string =>
  execFileSync(program ?? '', args, { cwd: 'tools/monitoring', encoding: 'utf8', stdio: 'pipe' });

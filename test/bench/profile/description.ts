import { existsSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Place } from '../measuring/stage.js';
import { print } from '../report/report.js';
import { short, table, whole } from '../report/table.js';
import { type CpuProfile, type ProfileSummary, summarize } from './cpu-profile.js';

const PACKAGES_SHOWN = 22;
const FUNCTIONS_SHOWN = 30;
const WRITTEN_WITHIN_MS = 30_000;

/** For a process that {@link profiled} is to look into. */
export const profilerEnv = (file: string) => ({
  NODE_OPTIONS: '--import=./test/bench/profile/profiler.mjs',
  BENCH_PROFILE: file,
});

/** Does the work with the process under V8's profiler, and waits until the profile is written. */
export async function profiled<Result>(
  { pid, file, place }: { readonly pid: number; readonly file: string; readonly place: Place },
  work: () => Promise<Result>,
): Promise<Result> {
  rmSync(file, { force: true });
  process.kill(pid, 'SIGWINCH');
  const result = await place.step('profiling', work);
  process.kill(pid, 'SIGWINCH');
  const deadline = Date.now() + WRITTEN_WITHIN_MS;
  while (!existsSync(file)) {
    if (Date.now() > deadline) throw new Error('the profile was not written');
    await sleep(100);
  }
  return result;
}

export async function printProfile(title: string, file: string): Promise<void> {
  const profile = JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
  const kept = `Kept as ${relative(process.cwd(), file)}, for Chrome's developer tools.`;
  print(['', `${title} under the profiler`, ...describe(summarize(profile)), '', kept]);
}

function describe({ total, busy, packages, functions }: ProfileSummary): string[] {
  const percent = (ms: number) => `${short((ms / busy) * 100)} %`;
  const right = 'right' as const;
  return [
    `busy ${whole(busy)} of ${whole(total)} ms; shares are of the busy time`,
    '',
    ...table(
      [
        { title: 'package' },
        { title: 'own code', align: right },
        { title: 'with Node’s for it', align: right },
      ],
      packages
        .slice(0, PACKAGES_SHOWN)
        .map(({ name, self, withEngine }) => [name, percent(self), percent(withEngine)]),
    ),
    '',
    ...table(
      [{ title: 'function' }, { title: 'self', align: right }, { title: 'where' }],
      functions.slice(0, FUNCTIONS_SHOWN).map(({ name, where, self }) => [name, percent(self), where]),
    ),
  ];
}

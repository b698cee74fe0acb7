import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { short, table, whole } from '../report/table.js';
import type { CpuProfile, ProfileSummary } from './cpu-profile.js';

const PACKAGES_SHOWN = 22;
const FUNCTIONS_SHOWN = 30;
const WRITTEN_WITHIN_MS = 30_000;

export const readProfile = async (file: string): Promise<CpuProfile> =>
  JSON.parse(await readFile(file, 'utf8')) as CpuProfile;

/** That of a process that was told to write it. */
export async function writtenProfile(file: string): Promise<CpuProfile> {
  const began = Date.now();
  while (!existsSync(file)) {
    if (Date.now() > began + WRITTEN_WITHIN_MS) throw new Error('the profile was not written');
    await sleep(100);
  }
  return readProfile(file);
}

export function describe({ total, busy, packages, functions }: ProfileSummary): string[] {
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

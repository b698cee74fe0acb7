import { readFile } from 'node:fs/promises';
import { short, table, whole } from '../report/table.js';
import type { CpuProfile, ProfileSummary } from './cpu-profile.js';

const PACKAGES_SHOWN = 22;
const FUNCTIONS_SHOWN = 30;

export const readProfile = async (file: string): Promise<CpuProfile> =>
  JSON.parse(await readFile(file, 'utf8')) as CpuProfile;

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

import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** Makes a folder for a launcher to write to. The tools are copied, not linked, because they find that folder by their path. */
export function makeStartRoot(): string {
  const root = mkdtempSync(join(process.env.ORDERSTREAM_TEST_DIRECTORY ?? tmpdir(), 'orderstream-start-'));
  for (const name of readdirSync(REPOSITORY)) {
    if (!['.orderstream', '.git', 'tools'].includes(name))
      symlinkSync(join(REPOSITORY, name), join(root, name));
  }
  cpSync(join(REPOSITORY, 'tools'), join(root, 'tools'), { recursive: true });
  return root;
}

/** Lets a launcher in that folder use what was downloaded for this one. */
export function shareDownloads(root: string): void {
  mkdirSync(join(root, '.orderstream'), { mode: 0o700 });
  symlinkSync(join(REPOSITORY, '.orderstream/servers'), join(root, '.orderstream/servers'));
}

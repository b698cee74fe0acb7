import { join } from 'node:path';
import { PLACES, ROOT } from '../places.mjs';
import { fingerprint, isMarked, setMark } from './fingerprint.mjs';

/**
 * @typedef {import('../supervision/supervisor.mjs').Supervisor} Supervisor
 * @typedef {import('../progress.mjs').Progress} Progress
 */

const SOURCES = ['apps', 'libs', 'schemas', 'prisma', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];

/**
 * @param {Supervisor} supervisor
 * @param {Progress} progress
 */
export async function build(supervisor, progress) {
  const mark = join(ROOT, 'dist', '.fingerprint');
  const hash = fingerprint(ROOT, SOURCES);
  if (isMarked(mark, hash)) return;
  await progress.step('building', () =>
    supervisor.run({
      name: 'npm run build',
      command: 'npm',
      args: ['run', 'build'],
      cwd: ROOT,
      logFile: join(PLACES.logs, 'build.log'),
    }),
  );
  setMark(mark, hash);
}

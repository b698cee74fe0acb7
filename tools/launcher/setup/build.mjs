import { join } from 'node:path';
import { PLACES, ROOT } from '../places.mjs';
import { fingerprint, isMarked, setMark } from './fingerprint.mjs';

/**
 * @typedef {import('../supervision/supervisor.mjs').Supervisor} Supervisor
 * @typedef {import('../progress.mjs').Progress} Progress
 */

/** What is built by itself, if its sources have changed since the last time. */
const PARTS = [
  {
    step: 'building',
    script: 'build',
    mark: join(ROOT, 'dist', '.fingerprint'),
    sources: ['apps', 'libs', 'schemas', 'prisma', 'tsconfig.json', 'tsconfig.build.json', 'package.json'],
  },
  {
    step: 'building the console',
    script: 'build:console',
    mark: join(ROOT, 'dist', 'console', '.fingerprint'),
    sources: ['apps/console/web', 'docs/openapi.json', 'package-lock.json'],
  },
];

/**
 * @param {Supervisor} supervisor
 * @param {Progress} progress
 */
export async function build(supervisor, progress) {
  await Promise.all(PARTS.map((part) => buildPart(part, supervisor, progress)));
}

/**
 * @param {(typeof PARTS)[number]} part
 * @param {Supervisor} supervisor
 * @param {Progress} progress
 */
async function buildPart({ step, script, mark, sources }, supervisor, progress) {
  const hash = fingerprint(ROOT, sources);
  if (isMarked(mark, hash)) return;
  await progress.step(step, () =>
    supervisor.run({
      name: `npm run ${script}`,
      command: 'npm',
      args: ['run', script],
      cwd: ROOT,
      logFile: join(PLACES.logs, `${script.replace(':', '-')}.log`),
    }),
  );
  setMark(mark, hash);
}

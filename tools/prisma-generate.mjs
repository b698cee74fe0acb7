/** Runs `prisma generate` offline, and only if the schema or Prisma has changed since the last run. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { fingerprint, isMarked, setMark } from './launcher/setup/fingerprint.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const MARK = `${ROOT}/libs/postgres/generated/.fingerprint`;

const hash = fingerprint(ROOT, [
  'prisma/schema.prisma',
  'prisma.config.ts',
  'node_modules/prisma/package.json',
]);
if (!isMarked(MARK, hash)) {
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/prisma/build/index.js', 'generate', '--no-hints'],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: {
        ...process.env,
        // Generating needs no engine, but Prisma would download one unless it is given an executable.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        CHECKPOINT_DISABLE: '1',
      },
    },
  );
  if (status !== 0) process.exit(status ?? 1);
  setMark(MARK, hash);
}

/** `npm ci`, if what is installed is not what the lock file says: the first step of CI. */
import { join } from 'node:path';
import { explain } from './failure.mjs';
import { PLACES } from './places.mjs';
import { Progress } from './progress.mjs';
import { installPackages } from './setup/packages.mjs';
import { Supervisor } from './supervision/supervisor.mjs';

const supervisor = await Supervisor.claim(join(PLACES.base, `install-${process.pid}.ndjson`), []);
try {
  await installPackages(supervisor, new Progress(process.stdout));
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
} finally {
  await supervisor.stopAll();
}

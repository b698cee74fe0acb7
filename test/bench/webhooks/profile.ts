import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Place, Stage } from '../measuring/stage.js';
import { summarize } from '../profile/cpu-profile.js';
import { describe, writtenProfile } from '../profile/description.js';
import { whole } from '../report/table.js';
import { deploy } from './deployment.js';
import { Ground } from './ground.js';
import type { Options } from './options.js';
import { catchUp, fill } from './sections/catch-up.js';

const TENANT = 'profiled';

/** Runs the dispatcher under V8's profiler while it delivers a backlog to one subscriber, and prints where its time went. */
export async function profileDelivery(stage: Stage, place: Place, options: Options): Promise<void> {
  const file = join(place.kept, 'webhooks.cpuprofile');
  const env = { NODE_OPTIONS: '--import=./test/bench/profile/profiler.mjs', BENCH_PROFILE: file };
  const deployment = await deploy(stage, true, env);
  const ground = new Ground(
    options,
    () => deployment,
    (tenant) => stage.key(tenant),
  );
  const plan = { tenant: TENANT, events: options.backlog, endpoints: 1 };
  try {
    await place.step('appending a backlog', () => fill(ground, TENANT, options.backlog));
    await place.step('warming up', () => catchUp(ground, plan));
    rmSync(file, { force: true });
    process.kill(deployment.dispatcher.pid, 'SIGWINCH');
    const run = await place.step('profiling', () => catchUp(ground, plan));
    process.kill(deployment.dispatcher.pid, 'SIGWINCH');
    const profile = await writtenProfile(file);
    if (run.void) throw new Error(run.void);
    const title = `a backlog to 1 endpoint: ${whole(run.perSecond ?? 0)} deliveries/s under the profiler`;
    const kept = `Kept as ${relative(process.cwd(), file)}, for Chrome's developer tools.`;
    process.stdout.write(`\n${title}\n${describe(summarize(profile)).join('\n')}\n\n${kept}\n`);
  } finally {
    ground.stop();
  }
}

import { join } from 'node:path';
import type { Place, Stage } from '../measuring/stage.js';
import { printProfile, profiled, profilerEnv } from '../profile/description.js';
import { whole } from '../report/table.js';
import { deploy } from './deployment.js';
import { Ground } from './ground.js';
import type { Options } from './options.js';
import { catchUp, fill } from './sections/catch-up.js';

const TENANT = 'profiled';

/** Runs the dispatcher under V8's profiler while it delivers a backlog to one subscriber, and prints where its time went. */
export async function profileDelivery(stage: Stage, place: Place, options: Options): Promise<void> {
  const file = join(place.kept, 'webhooks.cpuprofile');
  const deployment = await deploy(stage, true, profilerEnv(file));
  const ground = new Ground(
    options,
    () => deployment,
    (tenant) => stage.key(tenant),
  );
  const plan = { tenant: TENANT, events: options.backlog, endpoints: 1 };
  try {
    await place.step('appending a backlog', () => fill(ground, TENANT, options.backlog));
    await place.step('warming up', () => catchUp(ground, plan));
    const { pid } = deployment.dispatcher;
    const run = await profiled({ pid, file, place }, () => catchUp(ground, plan));
    if (run.void) throw new Error(run.void);
    await printProfile(`a backlog to 1 endpoint: ${whole(run.perSecond ?? 0)} deliveries/s`, file);
  } finally {
    ground.stop();
  }
}

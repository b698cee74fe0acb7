/** `npm run bench webhooks`: how fast events reach subscribers, beside what could be reached at best. */
import { type Place, Stage } from '../measuring/stage.js';
import { beginReport, playRounds } from '../report/report.js';
import { deploy, type Deployment } from './deployment.js';
import { Ground } from './ground.js';
import type { Options, Section } from './options.js';
import type { Contestant, WebhookOutcome } from './outcome.js';
import { layoutOf } from './report.js';
import { badEndpoints } from './sections/bad-endpoints.js';
import { backlog } from './sections/backlog.js';
import { many } from './sections/many.js';
import { replays } from './sections/replay.js';
import { throughput } from './sections/throughput.js';
import { join } from 'node:path';
import { printProfile, profiled, profilerEnv } from '../profile/description.js';
import { whole } from '../report/table.js';
import { catchUp, fill } from './sections/catch-up.js';

const contestants = (options: Options): readonly Contestant[] => [
  ...throughput(options),
  ...badEndpoints,
  ...replays(options),
  ...many(options),
  ...backlog(options),
];

export async function play(options: Options, place: Place): Promise<void> {
  const report = beginReport(options, layoutOf(options));
  const stage = await Stage.prepare(place);
  if (options.profile) return profileDelivery(stage, place, options);
  const show = new Show(options, place, stage);
  try {
    report(await show.play(contestants(options)));
  } finally {
    show.stop();
  }
}

/** Section after section; of each, round after round. */
class Show {
  #deployment: Deployment | undefined;
  readonly #ground: Ground;

  constructor(
    private readonly options: Options,
    private readonly place: Place,
    private readonly stage: Stage,
  ) {
    const deployed = () => {
      if (!this.#deployment) throw new Error('nothing is deployed');
      return this.#deployment;
    };
    this.#ground = new Ground(options, deployed, (tenant) => stage.key(tenant));
  }

  async play(all: readonly Contestant[]): Promise<readonly WebhookOutcome[]> {
    const outcomes: WebhookOutcome[] = [];
    for (const section of this.options.sections) {
      const here = all.filter((contestant) => contestant.section === section);
      outcomes.push(...(await this.#playSection(section, here)));
    }
    return outcomes;
  }

  stop(): void {
    this.#ground.stop();
  }

  async #playSection(
    section: Section,
    contestants: readonly Contestant[],
  ): Promise<readonly WebhookOutcome[]> {
    await this.#deploy(this.options.separate || contestants.some(({ separate }) => separate));
    const outcomes: WebhookOutcome[] = [];
    for (const contestant of contestants) {
      outcomes.push({ contestant, runs: [], absence: await contestant.absence?.(this.#ground) });
    }
    await playRounds(outcomes, this.options.rounds, async (contestant, round) => {
      if (contestant.fresh) await this.#deploy(contestant.separate ?? this.options.separate, true);
      return this.place.step(`${section}, ${round}`, () => contestant.run(this.#ground));
    });
    return outcomes;
  }

  async #deploy(separate: boolean, anew = false): Promise<void> {
    if (this.#deployment?.separate === separate && !anew) return;
    await this.#deployment?.stop();
    this.#deployment = await deploy(this.stage, separate);
  }
}

const TENANT = 'profiled';

/** Runs the dispatcher under V8's profiler while it delivers a backlog to one subscriber, and prints where its time went. */
async function profileDelivery(stage: Stage, place: Place, options: Options): Promise<void> {
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

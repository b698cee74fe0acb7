import { withCpu } from '../../measuring/processes.js';
import { failuresText } from '../../report/report.js';
import type { Ground } from '../ground.js';
import type { Options } from '../options.js';
import type { Contestant, Run } from '../outcome.js';
import { catchUp } from './catch-up.js';
import { liveRun } from './live.js';

/** The product's own limit for one subscription. */
const IN_FLIGHT = 16;
const SOME = 20;
/** A little above the goal of 5,000 deliveries a second. */
const PER_SECOND_TO_SOME = 260;
const DELIVERIES_TO_MANY = 4_000;
const RAMP_MS = 1_000;

export const TO_SOME = `${SOME} endpoints, ${PER_SECOND_TO_SOME} orders/s`;
export const waiting = (endpoints: number): string =>
  `${endpoints} ${endpoints === 1 ? 'endpoint' : 'endpoints'}, from a backlog`;
export const rawPosts = (endpoints: number): string => `raw posts to ${endpoints}`;

const common = { section: 'throughput' } as const;

const raw = (endpoints: number, inFlight: number): Contestant => ({
  ...common,
  name: rawPosts(endpoints),
  against: [],
  run: (ground) => postRaw(ground, endpoints, inFlight),
});

async function postRaw(ground: Ground, endpoints: number, inFlight: number): Promise<Run> {
  const urls = await ground.endpoints(endpoints);
  await ground.beginCounting();
  const measuredMs = ground.options.seconds * 1_000;
  const { result: posted, cpuMicros: used } = await withCpu(ground.rawPid, () =>
    ground.post({ urls, inFlight, rampMs: RAMP_MS, measuredMs }),
  );
  // Everything sent has arrived by now.
  const { cpuMicros, tookMicros } = await ground.received(0);
  return {
    perSecond: posted.perSecond,
    cpuMicros: used && used / posted.events,
    receiverShare: cpuMicros / tookMicros,
    void: failuresText(posted.failures) || undefined,
  };
}

export function throughput({ endpoints, backlog }: Options): readonly Contestant[] {
  const backlogOf = (count: number): Contestant => ({
    ...common,
    name: waiting(count),
    against: [rawPosts(count)],
    run: (ground) =>
      catchUp(ground, {
        tenant: `backlog-${count}`,
        events: Math.ceil(backlog / Math.sqrt(count)),
        endpoints: count,
      }),
  });
  const toMany = Math.max(1, Math.round(DELIVERIES_TO_MANY / endpoints));
  return [
    backlogOf(1),
    raw(1, IN_FLIGHT),
    {
      ...common,
      name: TO_SOME,
      against: [rawPosts(SOME)],
      run: (ground) =>
        liveRun(ground, { endpoints: SOME, load: { way: 'paced', perSecond: PER_SECOND_TO_SOME } }),
    },
    backlogOf(SOME),
    raw(SOME, IN_FLIGHT),
    {
      ...common,
      name: `${endpoints} endpoints, ${toMany} orders/s`,
      against: [rawPosts(endpoints)],
      run: (ground) => liveRun(ground, { endpoints, load: { way: 'paced', perSecond: toMany } }),
    },
    raw(endpoints, 1),
  ];
}

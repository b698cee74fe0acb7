import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '#libs/kernel';
import { killBroker, swallowAnswers } from '../broker-faults.js';
import { FaultSchedule } from '../fault-schedule.js';
import type { SoakTestbed } from './soak-testbed.js';
import type { Subscribers } from './subscribers.js';

export const SOAK_FAULTS = [
  'kill-broker',
  'swallow-answers',
  'kill-postgres',
  'restart-registry',
  'cut-off-gateway',
  'kill-gateway',
  'smtp-away',
  'subscribers-away',
  'freeze-app',
] as const;
type SoakFault = (typeof SOAK_FAULTS)[number];

/** Rare, so that most of the time shows how the system runs without them. */
const PAUSE_MS = [15_000, 45_000] as const;

/** Faults of everything but the process that is watched, whose memory a restart would renew. */
export class SoakFaults extends FaultSchedule<SoakFault> {
  constructor(
    private readonly testbed: SoakTestbed,
    private readonly subscribers: Subscribers,
    random: SeededRandom,
    private readonly log: (line: string) => void,
  ) {
    super(SOAK_FAULTS, random, PAUSE_MS);
  }

  protected async inflict(fault: SoakFault): Promise<unknown> {
    const { servers, app, shop } = this.testbed;
    const { gateway, gatewayProxy, mailbox } = shop;
    if (fault === 'kill-broker') return killBroker(servers, this.random, this.log);
    if (fault === 'swallow-answers') return swallowAnswers(servers, this.random, this.log);
    const awayMs = this.random.between(1_000, 6_000);
    this.log(`${fault} for ${awayMs} ms`);
    switch (fault) {
      case 'kill-postgres':
        return away(servers.postgres, awayMs);
      case 'restart-registry':
        return away(servers.registry, awayMs);
      case 'kill-gateway':
        return away(gateway, awayMs);
      case 'smtp-away':
        return away(mailbox.server, awayMs);
      case 'cut-off-gateway':
        gatewayProxy.swallowAnswers();
        await sleep(awayMs);
        return gatewayProxy.cut();
      case 'subscribers-away':
        this.subscribers.areAway = true;
        await sleep(awayMs);
        this.subscribers.areAway = false;
        return;
      case 'freeze-app':
        app.pause();
        await sleep(awayMs);
        return app.resume();
    }
  }
}

async function away(
  server: { kill9(): Promise<void>; restart(): Promise<void> },
  forMs: number,
): Promise<void> {
  await server.kill9();
  await sleep(forMs);
  await server.restart();
}

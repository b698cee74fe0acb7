import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '#libs/kernel';
import { FaultSchedule } from '../fault-schedule.js';
import type { WebhookTestbed } from '../testbed.js';

/** Slightly longer than the session timeout of the dispatchers' group, so that others have taken the partitions. */
const FROZEN_MS = 8_000;
/** How long changes of subscriptions go unheard. */
const UNHEARD_MS = 3_000;

const WEBHOOK_FAULTS = [
  'kill-dispatcher',
  'freeze-projector',
  'kill-postgres',
  'freeze-dispatcher',
  'kill-kafka',
  'kill-all-dispatchers',
  'restart-dispatcher',
  'restart-postgres',
] as const;
type WebhookFault = (typeof WEBHOOK_FAULTS)[number];

/** Inflicted between any two others, since kills are what counts. */
const MOST_OFTEN = 'kill-dispatcher';

/** Faults of dispatchers, the projector and the servers, with kills of a dispatcher in between. */
export class WebhookFaults extends FaultSchedule<WebhookFault> {
  kills = 0;

  constructor(
    private readonly testbed: WebhookTestbed,
    random: SeededRandom,
    private readonly log: (line: string) => void,
  ) {
    super(WEBHOOK_FAULTS, random, [300, 1_500]);
  }

  /** Each kind once per round. The first round begins with the faults that even a short run should have. */
  protected override orderOf(round: number): readonly WebhookFault[] {
    const order = round === 0 ? WEBHOOK_FAULTS : super.orderOf(round);
    return order.flatMap((each) => (each === MOST_OFTEN ? [each] : [each, MOST_OFTEN]));
  }

  protected async inflict(fault: WebhookFault): Promise<void> {
    const { dispatchers, projector, servers } = this.testbed;
    const index = this.random.between(0, dispatchers.length - 1);
    const dispatcher = dispatchers[index];
    this.log(fault.endsWith('-dispatcher') ? `${fault} ${index}` : fault);
    switch (fault) {
      case 'kill-dispatcher':
        this.kills++;
        if (dispatcher && dispatcher.processes > 1 && this.random.chance(0.7))
          return dispatcher.killProcess(this.random.between(1, dispatcher.processes));
        // It may come back before its session ends, or after others have taken its partitions.
        return dispatcher?.restart('SIGKILL', () =>
          sleep(this.random.chance(0.3) ? this.random.between(0, FROZEN_MS) : 0),
        );
      case 'kill-all-dispatchers':
        this.kills += dispatchers.length;
        await Promise.all(dispatchers.map((each) => each.restart('SIGKILL')));
        return undefined;
      case 'restart-dispatcher':
        return dispatcher?.restart('SIGTERM');
      case 'freeze-dispatcher':
        dispatcher?.app.pause();
        await sleep(FROZEN_MS + this.random.between(0, 3_000));
        // It takes itself for the one that delivers, until it finds out.
        dispatcher?.app.resume();
        return undefined;
      case 'freeze-projector':
        projector.pause();
        await sleep(UNHEARD_MS + this.random.between(0, 1_000));
        projector.resume();
        return undefined;
      case 'kill-postgres':
        return servers.postgres.restart('SIGKILL');
      case 'restart-postgres':
        return servers.postgres.restart('SIGTERM');
      case 'kill-kafka':
        return servers.kafka.restart('SIGKILL');
    }
  }
}

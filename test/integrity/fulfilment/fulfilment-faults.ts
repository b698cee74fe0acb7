import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../systems/product.js';
import { FaultSchedule } from '../fault-schedule.js';
import type { SeededRandom } from '#libs/kernel';
import type { FulfilmentTestbed } from './fulfilment-testbed.js';

/** Slightly longer than the session timeout by which instances share the partitions. */
const FROZEN_MS = 8_000;
const LOSSES = { 'lose-answer': 0.3, 'lose-request': 0.1, unavailable: 0.1 };

/** In the order of the first round, so that a short run has those that matter most. */
export const FULFILMENT_FAULTS = [
  'gateway-loses-answers',
  'kill-process-manager',
  'smtp-drops-mails',
  'kill-all-process-managers',
  'kill-gateway',
  'kill-postgres',
  'freeze-process-manager',
  'kill-command-api',
  'smtp-away',
  'cut-off-gateway',
  'restart-process-manager',
  'kill-projector',
  'smtp-refuses-mails',
  'freeze-command-api',
  'freeze-projector',
  'restart-query-api',
  'restart-postgres',
] as const;
export type FulfilmentFault = (typeof FULFILMENT_FAULTS)[number];

/** Faults of every worker, of the gateway, of the mail server and of the database, one after the other. */
export class FulfilmentFaults extends FaultSchedule<FulfilmentFault> {
  constructor(
    private readonly testbed: FulfilmentTestbed,
    private readonly given: readonly FulfilmentFault[],
    random: SeededRandom,
    private readonly log: (line: string) => void,
  ) {
    super(given, random, [300, 2_000]);
  }

  protected override orderOf(round: number): readonly FulfilmentFault[] {
    return round === 0 ? this.given : super.orderOf(round);
  }

  protected async inflict(fault: FulfilmentFault): Promise<unknown> {
    const { commandApi, queryApi, projector, processManagers, mailbox, gateway, gatewayProxy, servers } =
      this.testbed;
    const manager = this.random.pick(processManagers);
    this.log(fault);
    switch (fault) {
      case 'kill-process-manager':
        if (manager.processes > 1 && this.random.chance(0.7))
          return manager.killProcess(this.random.between(1, manager.processes));
        // It may come back before its session ends, or after the other has taken its partitions.
        return manager.restart('SIGKILL', () =>
          sleep(this.random.chance(0.4) ? this.random.between(0, FROZEN_MS) : 0),
        );
      case 'kill-all-process-managers':
        return Promise.all(processManagers.map((each) => each.restart('SIGKILL')));
      case 'restart-process-manager':
        return manager.restart('SIGTERM');
      case 'freeze-process-manager':
        return this.#freeze(manager, FROZEN_MS + this.random.between(0, 3_000));
      case 'kill-command-api':
        return commandApi.restart('SIGKILL');
      case 'freeze-command-api':
        return this.#freeze(commandApi, this.random.between(1_000, FROZEN_MS + 1_000));
      case 'kill-projector':
        return projector.restart('SIGKILL');
      case 'freeze-projector':
        return this.#freeze(projector, this.random.between(2_000, 5_000));
      case 'restart-query-api':
        return queryApi.restart('SIGTERM');
      case 'kill-gateway':
        await gateway.kill9();
        await this.#while(1_000, 4_000);
        return gateway.restart();
      case 'gateway-loses-answers':
        await this.#setGatewayFaults({ shares: LOSSES });
        await this.#while(4_000, 8_000);
        return this.#setGatewayFaults({});
      case 'cut-off-gateway':
        gatewayProxy.swallowAnswers();
        await this.#while(1_000, 4_000);
        return gatewayProxy.cut();
      case 'smtp-away':
        await mailbox.server.kill9();
        await this.#while(1_000, 4_000);
        return mailbox.server.restart();
      case 'smtp-drops-mails':
        await mailbox.misbehave({ drop: true, share: 0.5 });
        await this.#while(2_000, 5_000);
        return mailbox.misbehave();
      case 'smtp-refuses-mails':
        await mailbox.misbehave(
          this.random.chance(0.5) ? { rcpt: 450, share: 0.7 } : { data: 451, share: 0.7 },
        );
        await this.#while(2_000, 5_000);
        return mailbox.misbehave();
      case 'kill-postgres':
        await servers.postgres.kill9();
        await this.#while(1_000, 4_000);
        return servers.postgres.restart();
      case 'restart-postgres':
        return servers.postgres.restart('SIGTERM');
    }
  }

  #while = (least: number, most: number): Promise<unknown> => sleep(this.random.between(least, most));

  async #freeze({ app }: Instance, forMs: number): Promise<void> {
    app.pause();
    await sleep(forMs);
    app.resume();
  }

  /** At the gateway itself: its proxy may be swallowing answers. */
  async #setGatewayFaults(faults: object): Promise<void> {
    const answer = await fetch(`${this.testbed.gateway.url}/faults`, {
      method: 'PUT',
      body: JSON.stringify(faults),
    });
    if (!answer.ok) throw new Error(`the gateway refused its faults: ${answer.status}`);
  }
}

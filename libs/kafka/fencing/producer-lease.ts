import kafkajs, { type Kafka } from 'kafkajs';
import { withAdmin } from '../topics.js';

/** A time on both clocks; either may stall or jump while a machine is suspended. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/**
 * Tracks how long brokers will remember a producer and its epoch. They forget it `producer.id.expiration.ms` after last
 * hearing from it. Rule R4 of docs/adr/0006-fenced-appends.md.
 */
export class ProducerLease {
  #heard: Moment = { wall: 0, monotonic: 0 };
  #expiration = 0;

  constructor(
    private readonly wall: () => number = Date.now,
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  now(): Moment {
    return { wall: this.wall(), monotonic: this.monotonic() };
  }

  /** Renews the lease: brokers heard from the producer at `moment` or later. Expiration in milliseconds. */
  renew(moment: Moment, expiration = this.#expiration): void {
    this.#heard = moment;
    this.#expiration = expiration;
  }

  /** Whether to claim again, without urgency. */
  get renewalDue(): boolean {
    return this.#age() > this.#expiration / 4;
  }

  /** Whether nothing may be sent under this claim any more. */
  get expired(): boolean {
    return this.#age() > this.#expiration / 2;
  }

  #age(): number {
    const { wall, monotonic } = this.now();
    // The monotonic clock still works after the wall clock was set back.
    return Math.max(wall - this.#heard.wall, monotonic - this.#heard.monotonic);
  }
}

const SETTING = 'producer.id.expiration.ms';

/** How long the brokers remember a silent producer: the shortest time of any broker, in milliseconds, cached. */
export function producerExpirationOf(kafka: Kafka): () => Promise<number> {
  let answer: Promise<number> | undefined;
  return () => {
    answer ??= ask(kafka).catch((error: unknown) => {
      answer = undefined;
      throw error;
    });
    return answer;
  };
}

const ask = (kafka: Kafka): Promise<number> =>
  withAdmin(kafka.admin(), async (admin) => {
    const { brokers } = await admin.describeCluster();
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: brokers.map(({ nodeId }) => ({
        type: kafkajs.ConfigResourceTypes.BROKER,
        name: String(nodeId),
        configNames: [SETTING],
      })),
    });
    const values = resources.flatMap(({ configEntries }) =>
      configEntries.map(({ configValue }) => Number(configValue)),
    );
    const shortest = Math.min(...values);
    if (!Number.isFinite(shortest) || shortest <= 0) throw new Error(`the brokers do not report ${SETTING}`);
    return shortest;
  });

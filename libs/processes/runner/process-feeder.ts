import pLimit from 'p-limit';
import {
  type Clock,
  formatPosition,
  type EventBatch,
  type Position,
  type RecordedEvent,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';
import type { PartitionAssignments } from '#libs/kafka';
import type { AnyProcessDefinition, Concern, JsonData } from '../core/index.js';
import { InputRefusedError, type ProcessInputs } from './process-inputs.js';

export interface FeederParts {
  readonly definitions: readonly AnyProcessDefinition[];
  readonly policy: unknown;
  readonly inputs: Pick<ProcessInputs, 'event'>;
  readonly checkpoints: {
    load(at: TopicPartition): Promise<number>;
    save(positions: readonly Position[]): Promise<void>;
  };
  readonly clock: Pick<Clock, 'now'>;
  /** Events are handed over, the first of them this long after it was appended; 0 while only few are under way. */
  readonly onFeeding: (lagMs: number) => void;
  /** An event has been passed over, because its process refuses it for good. */
  readonly onRefused: (position: string, process: string, error: Error) => void;
}

interface Feeding {
  readonly process: string;
  readonly event: RecordedEvent;
  readonly concern: Concern<JsonData>;
}

const AT_ONCE = 64;
/** They are no backlog: if they are late, it is because the machine is busy with something else. */
const FEW_EVENTS = 32;

/**
 * Hands the events of the log to their processes: those of one process one after the other, those of different processes at the
 * same time. A checkpoint says where to go on. It is saved now and then, because an event that comes again has no effect.
 */
export class ProcessFeeder implements PartitionAssignments {
  /** By partition: fed, but not saved. */
  readonly #unsaved = new Map<string, Position>();
  /** Events that are being handed over. */
  #underWay = 0;

  constructor(private readonly parts: FeederParts) {}

  assigned(at: TopicPartition): Promise<number> {
    this.#unsaved.delete(topicPartitionKey(at));
    return this.parts.checkpoints.load(at);
  }

  async revoked(at: TopicPartition): Promise<void> {
    const position = this.#unsaved.get(topicPartitionKey(at));
    this.#unsaved.delete(topicPartitionKey(at));
    if (position) await this.parts.checkpoints.save([position]);
  }

  async feed({ topic, partition, events, next }: EventBatch): Promise<void> {
    const feedings = events.flatMap((event) => this.#concerns(event));
    const [first] = feedings;
    this.#underWay += feedings.length;
    if (first) {
      const lagMs = this.parts.clock.now() - Date.parse(first.event.metadata.occurredAt);
      this.parts.onFeeding(this.#underWay < FEW_EVENTS ? 0 : lagMs);
    }
    const byProcess = new Map<string, Feeding[]>();
    for (const feeding of feedings) {
      const { processId } = feeding.concern;
      const known = byProcess.get(processId);
      if (known) known.push(feeding);
      else byProcess.set(processId, [feeding]);
    }
    try {
      await feedAtOnce([...byProcess.values()].map((each) => () => this.#feedInTurn(each)));
    } finally {
      this.#underWay -= feedings.length;
    }
    this.#unsaved.set(topicPartitionKey({ topic, partition }), { topic, partition, offset: next });
  }

  /** @throws if the database does not answer; the positions are saved with the next ones */
  async save(): Promise<void> {
    const saved = [...this.#unsaved];
    if (saved.length === 0) return;
    await this.parts.checkpoints.save(saved.map(([, position]) => position));
    for (const [key, position] of saved) if (this.#unsaved.get(key) === position) this.#unsaved.delete(key);
  }

  #concerns(event: RecordedEvent): Feeding[] {
    return this.parts.definitions.flatMap((definition) => {
      if (!definition.topics.includes(event.position.topic)) return [];
      const concern = definition.concern(event, this.parts.policy) as Concern<JsonData> | undefined;
      return concern ? [{ process: definition.name, event, concern }] : [];
    });
  }

  async #feedInTurn(feedings: readonly Feeding[]): Promise<void> {
    for (const { process, event, concern } of feedings) {
      try {
        await this.parts.inputs.event(process, event, concern);
      } catch (error) {
        if (!(error instanceof InputRefusedError)) throw error;
        this.parts.onRefused(formatPosition(event.position), process, error);
      }
    }
  }
}

/** Begins no more work after a failure, and throws it once all that has begun is over: the batch comes again as a whole. */
async function feedAtOnce(works: readonly (() => Promise<void>)[]): Promise<void> {
  const limit = pLimit(AT_ONCE);
  const failures: unknown[] = [];
  const run = async (work: () => Promise<void>): Promise<void> => {
    if (failures.length > 0) return;
    await work().catch((error: unknown) => failures.push(error));
  };
  await Promise.all(works.map((work) => limit(() => run(work))));
  if (failures.length > 0) throw failures[0];
}

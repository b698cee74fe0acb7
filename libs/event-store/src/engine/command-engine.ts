import type { DomainEvent, Rejection } from '#libs/kernel';
import {
  type CommandRequest,
  type CommandResult,
  CommandUnavailableError,
  NotOwnerError,
} from '../command.js';
import { PartitionWriter, type OwnershipCallbacks, type WriterParts } from '../writer/partition-writer.js';
import type { WriterLimits } from '../writer/writer-settings.js';
import type { AdmissionLimiter } from './admission-limiter.js';
import type { CommandPeers } from './peers.js';

/** How often a command looks again whose partition is on the move. */
const OWNER_PAUSE_MS = 20;

/** Whether the group still counts this process among its members: see {@link OwnershipCallbacks.confirmed}. */
export type Confirm = () => Promise<void>;

export interface EngineParts<State, Command, Event extends DomainEvent, Refusal extends Rejection>
  extends Omit<WriterParts<State, Command, Event, Refusal>, 'limits'> {
  readonly limits: Omit<WriterLimits, 'maxCachedBytes' | 'maxUnsavedBytes'>;
  readonly peers: CommandPeers;
  readonly admission: AdmissionLimiter;
  /** A command that has no answer by then gets one. Milliseconds. */
  readonly commandTimeoutMs: number;
  /** For the states of all partitions together, as bytes of JSON: half for those at hand, half for unsaved ones. */
  readonly stateBytes: number;
}

/**
 * Takes the commands of one aggregate type and answers when their events are durable. It writes the partitions that it
 * is assigned and forwards the commands of all others to their owners, once; while a partition moves, its commands wait.
 * Commands of one stream take effect one after the other.
 */
export class CommandEngine<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  #partitionCount = 0;
  readonly #writers = new Map<number, PartitionWriter<State, Command, Event, Refusal>>();
  /** Writers that are letting go: a partition that comes back waits for its last one. */
  readonly #leaving = new Map<number, Promise<void>>();
  #released = false;

  constructor(private readonly parts: EngineParts<State, Command, Event, Refusal>) {}

  get topic(): string {
    return this.parts.aggregate.topic;
  }

  /** @throws while the topic is not there. */
  async start(): Promise<void> {
    this.#partitionCount = await this.parts.log.partitionCount(this.topic);
  }

  /** The partition is this process's to write. Claims and reads in the background; until then, its commands wait. */
  assigned(partition: number, confirmed: Confirm): void {
    // Where the topic has more partitions than streams are laid out over, the rest stays empty.
    const isUnused = partition >= this.#partitionCount;
    if (isUnused || this.#released || this.#writers.has(partition)) return;
    const began = (claim: number) =>
      this.parts.peers.announce(this.topic, partition, claim, () => this.#writers.get(partition)?.suspect());
    const callbacks: OwnershipCallbacks = { confirmed, began };
    const share = Math.ceil(this.parts.stateBytes / 2 / this.#partitionCount);
    const limits = { ...this.parts.limits, maxCachedBytes: share, maxUnsavedBytes: share };
    const writer = new PartitionWriter({ ...this.parts, limits }, partition, callbacks);
    this.#writers.set(partition, writer);
    void (this.#leaving.get(partition) ?? Promise.resolve()).then(() => {
      if (this.#writers.get(partition) === writer) writer.start();
    });
  }

  /** The partition is another process's. */
  revoked(partition: number): Promise<void> {
    return this.#leave(partition, (writer) => writer.revoke());
  }

  /** Answers what has come, saves, and lets go of everything: from now on commands go to other processes. */
  async release(): Promise<void> {
    this.#released = true;
    const partitions = [...this.#writers.keys()];
    await Promise.all(partitions.map((partition) => this.#leave(partition, (writer) => writer.stop())));
  }

  /** Partitions that are written here, and whether each takes commands now. */
  get partitions(): readonly { readonly partition: number; readonly ready: boolean }[] {
    return [...this.#writers].map(([partition, { ready }]) => ({ partition, ready }));
  }

  /** @throws CommandUnavailableError, CommandOutcomeUnknownError, EventEncodingError (by rejection) */
  execute(request: CommandRequest<Command>): Promise<CommandResult<State, Refusal>> {
    const deadline = this.parts.clock.now() + this.parts.commandTimeoutMs;
    return this.parts.admission.admit(request, async () => {
      for (;;) {
        try {
          const partition = this.#partitionOf(request.streamId);
          const writer = this.#writers.get(partition);
          return await (writer
            ? writer.submit(request, deadline)
            : this.parts.peers.forward<Command, State, Refusal>(this.topic, partition, request, deadline));
        } catch (error) {
          if (!(error instanceof NotOwnerError)) throw error;
        }
        await this.#pause(deadline);
      }
    });
  }

  /** A command that another process forwarded: it is decided here or handed back, and never forwarded again. */
  async executeForwarded(
    request: CommandRequest<Command>,
    timeLeftMs: number,
  ): Promise<CommandResult<State, Refusal>> {
    const writer = this.#writers.get(this.#partitionOf(request.streamId));
    if (!writer) throw new NotOwnerError();
    const deadline = this.parts.clock.now() + timeLeftMs;
    return this.parts.admission.admit(request, () => writer.submit(request, deadline));
  }

  #partitionOf(streamId: string): number {
    if (this.#partitionCount === 0) throw new CommandUnavailableError('The server is starting.');
    return this.parts.log.partitionOf(streamId, this.#partitionCount);
  }

  async #pause(deadline: number): Promise<void> {
    if (this.parts.clock.now() + OWNER_PAUSE_MS >= deadline) {
      throw new CommandUnavailableError('The partition has no owner that can be reached.');
    }
    await new Promise((resolve) => {
      setTimeout(resolve, OWNER_PAUSE_MS);
    });
  }

  #leave(
    partition: number,
    end: (writer: PartitionWriter<State, Command, Event, Refusal>) => Promise<void>,
  ): Promise<void> {
    const writer = this.#writers.get(partition);
    if (!writer) return Promise.resolve();
    this.#writers.delete(partition);
    const left = end(writer)
      // Whatever it was, the partition is not to wait for this writer any more when it comes back.
      .catch((error: unknown) => this.parts.observer.failed(this.topic, partition, error as Error))
      .finally(() => {
        if (this.#leaving.get(partition) === left) this.#leaving.delete(partition);
      });
    this.#leaving.set(partition, left);
    return left;
  }
}

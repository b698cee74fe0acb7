import { isStorable } from '#libs/contracts';
import { type DomainEvent, fail, newId, type Rejection, type Stream } from '#libs/kernel';
import {
  type CommandRequest,
  type CommandResult,
  CommandUnavailableError,
  NotOwnerError,
} from '../command.js';
import type { OwnershipCallbacks } from '../writer/ownership-callbacks.js';
import { PartitionWriter, type WriterParts } from '../writer/partition-writer.js';
import type { WriterLimits } from '../writer/writer-settings.js';
import type { AdmissionLimiter } from './admission-limiter.js';

const MAX_STREAM_ID_LENGTH = 1_000;
const WRONG_STREAM_ID = `An id has at most ${MAX_STREAM_ID_LENGTH} characters, without NUL characters and lone surrogates.`;

/** Access to the processes that own the other partitions. */
export interface CommandPeers {
  /**
   * Announces that this process owns the partition, by its claim's offset in the log. `overtaken` is called if another
   * process has announced a later claim.
   */
  announce(topic: string, partition: number, claim: number, overtaken: () => void): void;
  /**
   * Sends a command to the partition's owner, once.
   * @throws NotOwnerError when no owner is known, or the known one has lost the partition; CommandUnavailableError,
   * CommandOutcomeUnknownError.
   */
  forward<Command, State, Refusal extends Rejection>(
    topic: string,
    partition: number,
    request: CommandRequest<Command>,
    deadline: number,
  ): Promise<CommandResult<State, Refusal>>;
}

/** With a quarter of the partitions, one id in a hundred still belongs to another process. */
const MOST_IDS_TRIED = 16;

/** Pause between attempts to find the owner of a moving partition. */
const OWNER_PAUSE_MS = 20;

export interface EngineParts<State, Command, Event extends DomainEvent, Refusal extends Rejection>
  extends Omit<WriterParts<State, Command, Event, Refusal>, 'limits'> {
  readonly limits: Omit<WriterLimits, 'maxCachedBytes' | 'maxUnsavedBytes'>;
  readonly peers: CommandPeers;
  readonly admission: AdmissionLimiter;
  /** Milliseconds after which an unanswered command fails. */
  readonly commandTimeoutMs: number;
  /** Memory for the states of all partitions, as bytes of JSON: half for cached ones, half for unsaved ones. */
  readonly stateBytes: number;
  /** For the cached ones, if not half of it. */
  readonly cachedBytes?: number;
}

/**
 * Executes the commands of one aggregate type and answers when their events are durable. It writes its assigned partitions
 * and forwards other commands to their owners, once. Commands wait while their partition moves. Commands of one stream
 * take effect one after the other.
 */
export class CommandEngine<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  #partitionCount = 0;
  readonly #writers = new Map<number, PartitionWriter<State, Command, Event, Refusal>>();
  /** Writers shutting down; a partition assigned again waits for its previous writer. */
  readonly #releasing = new Map<number, Promise<void>>();
  #released = false;
  #stopRenewing: (() => void) | undefined;

  constructor(private readonly parts: EngineParts<State, Command, Event, Refusal>) {}

  get topic(): string {
    return this.parts.aggregate.topic;
  }

  /** @throws while the topic does not exist. */
  async start(): Promise<void> {
    this.#partitionCount = await this.parts.log.partitionCount(this.topic);
  }

  /** Starts to claim and recover the partition in the background; its commands wait until that is done. */
  assigned(partition: number, confirmed: OwnershipCallbacks['confirmed']): void {
    // Partitions added after streams were laid out stay empty.
    const isUnused = partition >= this.#partitionCount;
    if (isUnused || this.#released || this.#writers.has(partition)) return;
    const began = (claim: number) =>
      this.parts.peers.announce(this.topic, partition, claim, () => this.#writers.get(partition)?.suspect());
    const callbacks: OwnershipCallbacks = { confirmed, began };
    const { stateBytes, cachedBytes = stateBytes / 2 } = this.parts;
    const shareOf = (bytes: number): number => Math.ceil(bytes / this.#partitionCount);
    const limits = {
      ...this.parts.limits,
      maxCachedBytes: shareOf(cachedBytes),
      maxUnsavedBytes: shareOf(stateBytes / 2),
    };
    const writer = new PartitionWriter({ ...this.parts, limits }, partition, callbacks);
    this.#writers.set(partition, writer);
    this.#stopRenewing ??= this.parts.clock.every(this.parts.limits.renewalLookMs, () => {
      for (const each of this.#writers.values()) each.renewIfDue();
    });
    void (this.#releasing.get(partition) ?? Promise.resolve()).then(() => {
      if (this.#writers.get(partition) === writer) writer.start();
    });
  }

  /** The partition now belongs to another process. */
  revoked(partition: number): Promise<void> {
    return this.#release(partition, (writer) => writer.revoke());
  }

  /** Answers pending commands, saves states and releases all partitions. Later commands go to other processes. */
  async release(): Promise<void> {
    this.#released = true;
    this.#stopRenewing?.();
    const partitions = [...this.#writers.keys()];
    await Promise.all(partitions.map((partition) => this.#release(partition, (writer) => writer.stop())));
  }

  get partitions(): readonly { readonly partition: number; readonly ready: boolean }[] {
    return [...this.#writers].map(([partition, { ready }]) => ({ partition, ready }));
  }

  /** @throws CommandUnavailableError, CommandOutcomeUnknownError, EventEncodingError (by rejection) */
  async execute(request: CommandRequest<Command>): Promise<CommandResult<State, Refusal>> {
    // Such an event would be in the log for good, and its state in no database.
    if (!isStorable(request.streamId) || request.streamId.length > MAX_STREAM_ID_LENGTH)
      return fail({ code: 'invalid-request', detail: WRONG_STREAM_ID });
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

  /** Executes a command forwarded by another process. It is never forwarded again: NotOwnerError sends it back. */
  async executeForwarded(
    request: CommandRequest<Command>,
    timeLeftMs: number,
  ): Promise<CommandResult<State, Refusal>> {
    const writer = this.#writers.get(this.#partitionOf(request.streamId));
    if (!writer) throw new NotOwnerError();
    const deadline = this.parts.clock.now() + timeLeftMs;
    return this.parts.admission.admit(request, () => writer.submit(request, deadline));
  }

  /** An existing stream of the tenant as this process last knew it, if it is in memory. */
  recall(streamId: string, tenant: string): Stream<State> | undefined {
    if (this.#partitionCount === 0) return undefined;
    const stream = this.#writers.get(this.#partitionOf(streamId))?.recall(streamId);
    return stream && stream.version > 0 && stream.tenant === tenant ? stream : undefined;
  }

  /** Whether this process owns the stream's partition and is ready for its commands. */
  owns(streamId: string): boolean {
    if (this.#partitionCount === 0) return false;
    return this.#writers.get(this.#partitionOf(streamId))?.ready ?? false;
  }

  /** A new id, of a partition of this process if it is ready for any, since a forwarded command costs twice as much. */
  newStreamId(): string {
    const mayTry = this.#writers.size > 0 && this.#writers.size < this.#partitionCount;
    for (let tried = mayTry ? 1 : MOST_IDS_TRIED; ; tried++) {
      const id = newId();
      if (tried >= MOST_IDS_TRIED || this.owns(id)) return id;
    }
  }

  #partitionOf(streamId: string): number {
    if (this.#partitionCount === 0) throw new CommandUnavailableError('The server is starting.');
    return this.parts.log.partitionOf(streamId, this.#partitionCount);
  }

  async #pause(deadline: number): Promise<void> {
    if (this.parts.clock.now() + OWNER_PAUSE_MS >= deadline) {
      throw new CommandUnavailableError('No owner of the partition can be reached.');
    }
    await this.parts.clock.sleep(OWNER_PAUSE_MS);
  }

  #release(
    partition: number,
    end: (writer: PartitionWriter<State, Command, Event, Refusal>) => Promise<void>,
  ): Promise<void> {
    const writer = this.#writers.get(partition);
    if (!writer) return Promise.resolve();
    this.#writers.delete(partition);
    const left = end(writer)
      // After a failure too, a later writer of the partition must not wait for this one.
      .catch((error: unknown) => this.parts.observer.failed(this.topic, partition, error as Error))
      .finally(() => {
        if (this.#releasing.get(partition) === left) this.#releasing.delete(partition);
      });
    this.#releasing.set(partition, left);
    return left;
  }
}

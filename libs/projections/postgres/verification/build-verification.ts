import type { LoggedEvent } from '#libs/contracts';
import { type EventBatch, type LogReader, topicPartitionKey } from '#libs/kernel';
import { ObservedPartition } from '../../core/verification/observed-partition.js';
import type { PartitionOffset } from '../../core/rebuild/rebuild.js';
import { TableDigests } from '../../core/verification/table-digests.js';
import type { VerifiedReadModel } from '../../core/verification/expectation.js';
import { verifiedReadModel } from '../../read-models/read-models.js';
import type { DatabaseOptions } from '#libs/postgres';
import { expectRows, UnverifiableError } from './expected-rows.js';
import { type PartitionVerification, verifyPartition } from './partition-verification.js';
import { MAX_LISTED_ROWS, partitionEqualsLog } from './projection-verification.js';
import type { ComparedTable } from './row-comparison.js';
import { Snapshot, type SnapshotOptions, type SnapshotPartition } from './snapshot.js';
import { comparedTables, surplusRows } from './surplus-rows.js';
import { VerificationFailedError } from './verification-failed.js';

/** Limits memory to half a gigabyte for three concurrent partitions of orders with three lines each. */
const MOST_STREAMS = 100_000;

export interface BuildVerificationParts {
  readonly database: Pick<DatabaseOptions, 'url'>;
  readonly log: Pick<LogReader<LoggedEvent>, 'endOffsets' | 'fetch' | 'hasGaps'>;
  readonly projection: SnapshotOptions['projection'] & { readonly topics: readonly string[] };
  /** Most streams in memory for each partition that is being verified. More streams take more passes over the log. */
  readonly maxStreams?: number;
  /** Called with the number of events that were read again, for another pass or after an earlier run. */
  readonly reread?: (events: number) => void;
  readonly signal?: AbortSignal;
}

/** The events observed in one partition, and the digests of the rows that follow from them. */
interface ObservedRows {
  readonly partition: ObservedPartition;
  readonly digests: TableDigests;
}

/**
 * Proves that a build equals the fold of the log. Computes the digests of the expected rows as each partition is loaded.
 * After the last one, Postgres computes the digests of the actual rows; single rows are compared only if these differ. An
 * instance serves one rebuild.
 */
export class BuildVerification {
  readonly #readModel: VerifiedReadModel;
  readonly #observed = new Map<string, ObservedRows>();
  readonly #expected = new TableDigests();
  readonly #verified = new Map<string, number>();

  constructor(private readonly parts: BuildVerificationParts) {
    this.#readModel = verifiedReadModel(parts.projection.name);
  }

  /** The log that the rebuild reads. The verification observes its batches, so that the log is read only once. */
  get log(): Pick<LogReader<LoggedEvent>, 'endOffsets' | 'fetch' | 'hasGaps'> {
    const { log } = this.parts;
    return {
      endOffsets: (topics) => log.endOffsets(topics),
      fetch: async (from, maxBytes) => {
        const batch = await log.fetch(from, maxBytes);
        this.#observe(batch);
        return batch;
      },
      hasGaps: (partition) => log.hasGaps(partition),
    };
  }

  /**
   * Verifies one loaded partition; after the last one, all rows.
   * @throws VerificationFailedError if the rows differ from the log; BuildGoneError; or an error of the log or database
   */
  async check(build: number, at: PartitionOffset): Promise<void> {
    const place = topicPartitionKey(at);
    const heard = this.#observed.get(place);
    this.#observed.delete(place);
    const standing = await this.#inSnapshot(build, async ({ partitions }) =>
      partitions.find((each) => topicPartitionKey(each) === place),
    );
    if (standing?.nextOffset !== at.nextOffset)
      throw new Error(`${place} is not at ${at.nextOffset} but at ${standing?.nextOffset ?? 0}`);
    if (this.#verified.has(place)) throw new Error(`${place} was already verified`);
    this.#expected.include(await this.#digestsOf(build, standing, heard));
    this.#verified.set(place, at.nextOffset);
    const ends = await this.parts.log.endOffsets(this.parts.projection.topics);
    if (ends.every((end) => this.#verified.has(topicPartitionKey(end)))) await this.#compare(build);
  }

  #observe(batch: EventBatch<LoggedEvent>): void {
    const place = topicPartitionKey(batch);
    if (this.#verified.has(place)) return;
    if (batch.first === 0) this.#observed.set(place, this.#startObserving(batch.partition, false));
    this.#observed.get(place)?.partition.observe(batch);
  }

  #startObserving(partition: number, hasGaps: boolean): ObservedRows {
    const { maxStreams = MOST_STREAMS } = this.parts;
    const digests = new TableDigests();
    const expectation = this.#readModel.expect({ partition, hasGaps, maxStreams });
    return { partition: new ObservedPartition(expectation, (row) => digests.add(row)), digests };
  }

  /** Reads what it has not observed: the whole partition if events were skipped or an earlier run has loaded it. */
  async #digestsOf(
    build: number,
    at: SnapshotPartition,
    heard: ObservedRows | undefined,
  ): Promise<TableDigests> {
    const { log, reread, signal } = this.parts;
    const hasGaps = at.skipped.size > 0 || log.hasGaps(at);
    const isOfUse = !hasGaps && (heard?.partition.next ?? Infinity) <= at.nextOffset;
    const { partition, digests } = heard && isOfUse ? heard : this.#startObserving(at.partition, hasGaps);
    try {
      await expectRows(
        {
          log,
          read: (events) => {
            signal?.throwIfAborted();
            reread?.(events);
          },
        },
        at,
        partition.expectation,
        {
          add: (row) => {
            digests.add(row);
            return undefined;
          },
        },
        partition.next,
      );
    } catch (error) {
      if (!(error instanceof UnverifiableError)) throw error;
      throw new VerificationFailedError(`${this.#subject(build, at)}: ${error.message}`, []);
    }
    return digests;
  }

  async #compare(build: number): Promise<void> {
    await this.#inSnapshot(build, async (snapshot) => {
      // New events could have added rows that no partition expects yet.
      const moved = snapshot.partitions.find(
        (each) => each.nextOffset !== (this.#verified.get(topicPartitionKey(each)) ?? 0),
      );
      if (moved) throw new Error(`${topicPartitionKey(moved)} was moved on while the build was verified`);
      const tables = await comparedTables(snapshot, this.#readModel);
      for (const { rows } of tables.values()) {
        const { names, digest: expected } = this.#expected.of(rows.name);
        if (names) rows.expectSameColumns(names);
        const actual = await rows.digest();
        if (actual.rows === expected.rows && actual.sum === expected.sum) continue;
        return this.#expectSameRows(build, tables, snapshot.partitions);
      }
    });
  }

  /** Rows may be equal although their digests differ, since JSON can be spelled in several ways. */
  async #expectSameRows(
    build: number,
    tables: ReadonlyMap<string, ComparedTable>,
    standings: readonly SnapshotPartition[],
  ): Promise<void> {
    const { log, maxStreams = MOST_STREAMS, signal } = this.parts;
    const read = (): void => signal?.throwIfAborted();
    const parts = { log, readModel: this.#readModel, tables, maxStreams, mostListed: MAX_LISTED_ROWS, read };
    for (const standing of standings) this.#expectEqual(build, await verifyPartition(parts, standing));
    const { count, rows } = await surplusRows(tables.values(), MAX_LISTED_ROWS);
    const subject = `build ${build} of ${this.parts.projection.name}`;
    if (count !== 0) throw VerificationFailedError.of(subject, rows, Math.abs(count));
  }

  #expectEqual(build: number, found: PartitionVerification): void {
    if (partitionEqualsLog(found)) return;
    const { differences, differing, obstacle } = found;
    const subject = this.#subject(build, found);
    throw obstacle === undefined
      ? VerificationFailedError.of(subject, differences, differing)
      : new VerificationFailedError(`${subject}: ${obstacle}`, differences);
  }

  #subject(build: number, at: PartitionOffset): string {
    return `build ${build} of ${this.parts.projection.name}, ${topicPartitionKey(at)} up to ${at.nextOffset}`;
  }

  async #inSnapshot<Result>(build: number, work: (snapshot: Snapshot) => Promise<Result>): Promise<Result> {
    const { database, projection } = this.parts;
    const snapshot = await Snapshot.open({ database, projection, build });
    if (!snapshot) throw new Error(`there is no projection ${projection.name}`);
    try {
      return await work(snapshot);
    } finally {
      await snapshot.close();
    }
  }
}

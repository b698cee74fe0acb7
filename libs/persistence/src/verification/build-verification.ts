import {
  KeyTally,
  type PartitionOffset,
  type ProjectedLog,
  type RebuiltLog,
  type VerifiedReadModel,
  verifiedReadModel,
} from '#libs/projections';
import type { DatabaseOptions } from '../database/prisma.service.js';
import { type PartitionVerification, verifyPartition } from './partition-verification.js';
import { MOST_LISTED, partitionEqualsLog } from './projection-verification.js';
import { Snapshot, type SnapshotOptions, type SnapshotPartition } from './snapshot.js';
import { comparedTables, surplusRows } from './surplus-rows.js';
import { VerificationFailedError } from './verification-failed.js';

/** Several partitions are verified at once, beside all else that the process does. */
const MOST_STREAMS = 60_000;

export interface BuildVerificationParts {
  readonly database: Pick<DatabaseOptions, 'url'>;
  readonly log: ProjectedLog & RebuiltLog;
  readonly projection: SnapshotOptions['projection'] & { readonly topics: readonly string[] };
  /** Streams in memory, of each partition that is verified at the time; more take more passes over the log. */
  readonly maxStreams?: number;
  readonly signal?: AbortSignal;
}

/**
 * Proves that a build beside the live one is the fold of the log, partition by partition, each as soon as it is loaded.
 * With the last one it looks for rows that none of them has led to. For one rebuild.
 */
export class BuildVerification {
  readonly #readModel: VerifiedReadModel;
  readonly #tallies: ReadonlyMap<string, KeyTally>;
  readonly #verified = new Map<string, number>();

  constructor(private readonly parts: BuildVerificationParts) {
    this.#readModel = verifiedReadModel(parts.projection.name);
    this.#tallies = new Map(this.#readModel.tables.map(({ name }) => [name, new KeyTally()]));
  }

  /**
   * @throws VerificationFailedError when the rows are not those that the log says; BuildGoneError; or what keeps the log
   * or the database from answering.
   */
  async check(build: number, at: PartitionOffset): Promise<void> {
    await this.#withTables(build, async (tables, standings) => {
      const { log, maxStreams = MOST_STREAMS, signal } = this.parts;
      const standing = standings.find((each) => placeOf(each) === placeOf(at));
      if (standing?.nextOffset !== at.nextOffset)
        throw new Error(`${placeOf(at)} is not at ${at.nextOffset} but at ${standing?.nextOffset ?? 0}`);
      const parts = { log, readModel: this.#readModel, tables, maxStreams, mostListed: MOST_LISTED };
      this.#expectEqual(
        build,
        await verifyPartition({ ...parts, read: () => signal?.throwIfAborted() }, standing),
      );
    });
    if (this.#verified.has(placeOf(at))) throw new Error(`${placeOf(at)} was verified already`);
    this.#verified.set(placeOf(at), at.nextOffset);
    const ends = await this.parts.log.endOffsets(this.parts.projection.topics);
    if (ends.every((end) => this.#verified.has(placeOf(end)))) await this.#expectNoSurplus(build);
  }

  #expectEqual(build: number, found: PartitionVerification): void {
    if (partitionEqualsLog(found)) return;
    const { differences, differing } = found;
    const subject = `build ${build} of ${this.parts.projection.name}, ${placeOf(found)} up to ${found.nextOffset}`;
    throw found.obstacle === undefined
      ? VerificationFailedError.of(subject, differences, differing)
      : new VerificationFailedError(`${subject}: ${found.obstacle}`, differences);
  }

  async #expectNoSurplus(build: number): Promise<void> {
    await this.#withTables(build, async (tables, standings) => {
      // Else rows may have come that belong to nobody yet.
      const moved = standings.find((each) => each.nextOffset !== (this.#verified.get(placeOf(each)) ?? 0));
      if (moved) throw new Error(`${placeOf(moved)} was moved on while the build was verified`);
      const { count, rows } = await surplusRows(tables.values(), MOST_LISTED);
      const subject = `build ${build} of ${this.parts.projection.name}`;
      if (count !== 0) throw VerificationFailedError.of(subject, rows, Math.abs(count));
    });
  }

  async #withTables(
    build: number,
    work: (
      tables: Awaited<ReturnType<typeof comparedTables>>,
      standings: readonly SnapshotPartition[],
    ) => Promise<void>,
  ): Promise<void> {
    const { database, projection } = this.parts;
    const snapshot = await Snapshot.open({ database, projection, build });
    if (!snapshot) throw new Error(`there is no projection ${projection.name}`);
    try {
      await work(await comparedTables(snapshot, this.#readModel, this.#tallies), snapshot.partitions);
    } finally {
      await snapshot.close();
    }
  }
}

const placeOf = ({ topic, partition }: Pick<PartitionOffset, 'topic' | 'partition'>): string =>
  `${topic}/${partition}`;

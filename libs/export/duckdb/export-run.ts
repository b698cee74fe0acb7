import { join } from 'node:path';
import type { EventContract } from '#libs/contracts';
import { type Clock, type Random, retryWhileUnavailable, topicPartitionKey } from '#libs/kernel';
import { eventTable } from '../core/event-table.js';
import { type LogToExport, walkLog } from '../core/log-walk.js';
import {
  countToRead,
  type ExportManifest,
  type FileFormat,
  missingFromExport,
  type PartitionToRead,
  strangerIn,
  withCommit,
  withRunBegun,
  withRunFinished,
} from '../core/manifest.js';
import { type Bound, wantedRanges } from '../core/wanted-range.js';
import { type Database, openDatabase } from './database.js';
import { ExportFolder, SPILL } from './export-folder.js';
import { type SchemaVersions, Segment } from './segment.js';

export interface ExportOptions {
  readonly topics: readonly string[];
  readonly from?: Bound | undefined;
  readonly to?: Bound | undefined;
  readonly format: FileFormat;
  readonly folder: string;
  /** Bytes of events, as the log has them, between two commits: what memory holds, and about four times a large file. */
  readonly segmentBytes: number;
}

export interface ExportPorts {
  readonly log: LogToExport;
  readonly contracts: readonly EventContract[];
  readonly schemaVersion: SchemaVersions;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends the run early. What was read by then is part of the export. */
  readonly signal: AbortSignal;
  readonly progress: (progress: ExportProgress) => void;
}

export interface ExportProgress {
  /** Offsets that were read, and that are to be read, in this run. */
  readonly done: number;
  readonly total: number;
}

export interface ExportResult {
  /** Offsets that this run read. */
  readonly read: number;
  readonly isStopped: boolean;
  readonly manifest: ExportManifest;
}

/** Adds to the export what it lacks of the wanted offsets. @throws LogUnavailableError, and what the folder throws */
export async function runExport(options: ExportOptions, ports: ExportPorts): Promise<ExportResult> {
  const database = await openDatabase({ spillDirectory: join(options.folder, SPILL) });
  try {
    const folder = await ExportFolder.open(options.folder, options.format, database.connection);
    return await new Run(options, ports, database, folder).run();
  } finally {
    database.close();
  }
}

class Run {
  readonly #tables;
  #topicIds: Readonly<Record<string, string>> = {};
  #segments = 0;
  /** Writes one segment while the next one is filled. */
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: ExportOptions,
    private readonly ports: ExportPorts,
    private readonly database: Database,
    private readonly folder: ExportFolder,
  ) {
    this.#tables = new Map(ports.contracts.map((contract) => [contract.eventType, eventTable(contract)]));
  }

  async run(): Promise<ExportResult> {
    const { clock, signal } = this.ports;
    const missing = await retryWhileUnavailable(() => this.#missing(), this.ports, signal);
    await this.folder.commit(withRunBegun(this.folder.manifest));
    const read = await this.#read(missing);
    const isStopped = signal.aborted;
    if (!isStopped)
      await this.folder.commit(withRunFinished(this.folder.manifest, new Date(clock.now()).toISOString()));
    return { read, isStopped, manifest: this.folder.manifest };
  }

  /** What the export lacks, topic by topic. */
  async #missing(): Promise<PartitionToRead[][]> {
    const { log } = this.ports;
    const { topics, from, to } = this.options;
    const { manifest } = this.folder;
    const ids = topics.map(async (topic) => [topic, await log.topicId(topic)] as const);
    this.#topicIds = Object.fromEntries(await Promise.all(ids));
    const wanted = await wantedRanges(log, topics, from, to);
    const ends = await log.endOffsets(topics);
    return topics.map((topic) => {
      const endsOfTopic = ends.filter((end) => end.topic === topic);
      const reason = strangerIn(manifest, topic, this.#topicIds[topic] ?? '', endsOfTopic);
      if (reason !== undefined) throw new Error(`${reason}; export it to another folder`);
      return missingFromExport(
        manifest,
        wanted.filter((range) => range.topic === topic),
      );
    });
  }

  /** @returns the number of offsets read */
  async #read(missing: readonly PartitionToRead[][]): Promise<number> {
    const total = countToRead(missing.flat());
    let done = 0;
    let segment = await this.#begin();
    try {
      for (const parts of missing) {
        for await (const batch of walkLog(parts, this.ports)) {
          await segment.add(batch);
          done += batch.next - batch.first;
          this.ports.progress({ done, total });
          if (segment.bytes < this.options.segmentBytes) continue;
          await this.#commitLater(segment);
          segment = await this.#begin();
        }
      }
      await this.#commitLater(segment);
      return done;
    } finally {
      await this.#writing;
    }
  }

  async #begin(): Promise<Segment> {
    return new Segment(await this.database.connect(), this.#tables, this.#segments++);
  }

  /** Waits for the former segment only, so that no more than two are in memory. */
  async #commitLater(segment: Segment): Promise<void> {
    await this.#writing;
    this.#writing = this.#commit(segment);
    // Whoever awaits it next sees the failure.
    this.#writing.catch(() => undefined);
  }

  async #commit(segment: Segment): Promise<void> {
    const { folder, ports } = this;
    if (!segment.isEmpty) {
      const commit = folder.manifest.commits + 1;
      const written = await segment.write(folder, this.options.format, commit, ports.schemaVersion);
      const rejectedBytes = await folder.reject(written.rejected);
      const at = new Date(ports.clock.now()).toISOString();
      await folder.commit(
        withCommit(folder.manifest, { at, topicIds: this.#topicIds, ...written, rejectedBytes }),
      );
    }
    await segment.close();
  }
}

/** The offsets that an export holds, for people: `orders/0@0..17`. */
export const offsetsOf = ({ topics }: Pick<ExportManifest, 'topics'>): string[] =>
  Object.entries(topics).flatMap(([topic, { partitions }]) =>
    Object.entries(partitions).map(
      ([partition, { ranges }]) =>
        `${topicPartitionKey({ topic, partition: Number(partition) })}@${ranges.map(([from, to]) => `${from}..${to}`).join(',')}`,
    ),
  );

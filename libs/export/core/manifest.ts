import { topicPartitionKey, type TopicPartition } from '#libs/kernel';
import { countOffsets, missingIn, type LogRange, type OffsetRanges, withRange } from './offset-ranges.js';

export type FileFormat = 'parquet' | 'jsonl' | 'csv';
export const FILE_FORMATS: readonly FileFormat[] = ['parquet', 'jsonl', 'csv'];

/** What an export holds: exactly the rows of these offsets, in exactly these files. */
export interface ExportManifest {
  readonly manifestVersion: 1;
  readonly format: FileFormat;
  /** RFC 3339. */
  readonly updatedAt: string;
  /** How often rows were added. Files are named after it. */
  readonly commits: number;
  readonly topics: Readonly<Record<string, ExportedTopic>>;
  /** In the order in which they were written, by their paths in the folder. */
  readonly files: readonly ExportedFile[];
  readonly rejected: RejectedFile;
  readonly run: ExportRun;
}

export interface ExportedTopic {
  /** The broker's id of the topic, which another topic of the same name does not have. */
  readonly topicId: string;
  /** By partition. */
  readonly partitions: Readonly<Record<string, ExportedPartition>>;
}

export interface ExportedPartition {
  /** The first offset that was read. */
  readonly from: number;
  /** The offset after the last one that was read. */
  readonly to: number;
  /** What was read in between: one range, unless runs asked for ranges that do not touch. */
  readonly ranges: OffsetRanges;
  readonly rows: number;
  readonly rejected: number;
  /** Paths of the files that hold rows of this partition. */
  readonly files: readonly string[];
  /** Versions of the schemas that the events were written with, by event type. */
  readonly schemaVersions: Readonly<Record<string, readonly (number | string)[]>>;
}

export interface ExportedFile {
  /** In the folder, with slashes. */
  readonly path: string;
  readonly topic: string;
  readonly eventType: string;
  /** In UTC. */
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
  /** Rows by partition. */
  readonly partitions: Readonly<Record<string, number>>;
}

/** The file of rejected records. */
interface RejectedFile {
  readonly records: number;
  /** What is behind them in the file is not part of the export. */
  readonly bytes: number;
}

/** The last run, which a later one continues if it was ended. */
interface ExportRun {
  readonly isFinished: boolean;
  readonly rows: number;
  readonly rejected: number;
}

const NEW_RUN: ExportRun = { isFinished: false, rows: 0, rejected: 0 };

export const emptyManifest = (format: FileFormat, updatedAt: string): ExportManifest => ({
  manifestVersion: 1,
  format,
  updatedAt,
  commits: 0,
  topics: {},
  files: [],
  rejected: { records: 0, bytes: 0 },
  run: NEW_RUN,
});

/** What one commit adds to a partition. */
export interface ReadPartition extends TopicPartition {
  readonly range: LogRange;
  readonly rejected: number;
  readonly schemaVersions: Readonly<Record<string, readonly (number | string)[]>>;
}

export interface ExportCommit {
  readonly at: string;
  /** Ids of the topics that were read. */
  readonly topicIds: Readonly<Record<string, string>>;
  readonly read: readonly ReadPartition[];
  readonly files: readonly ExportedFile[];
  /** Bytes of the file of rejected records. */
  readonly rejectedBytes: number;
}

/** The manifest with what a commit adds. */
export function withCommit(manifest: ExportManifest, commit: ExportCommit): ExportManifest {
  const topics = { ...manifest.topics };
  for (const read of commit.read) {
    const { topic, partition } = read;
    const former = topics[topic] ?? { topicId: commit.topicIds[topic] ?? '', partitions: {} };
    const files = commit.files.filter((file) => file.topic === topic && file.partitions[partition]);
    const exported = withRead(former.partitions[partition], read, files);
    topics[topic] = { ...former, partitions: { ...former.partitions, [partition]: exported } };
  }
  const rows = sum(commit.files.map((file) => file.rows));
  const rejected = sum(commit.read.map((read) => read.rejected));
  return {
    ...manifest,
    updatedAt: commit.at,
    commits: manifest.commits + 1,
    topics,
    files: [...manifest.files, ...commit.files],
    rejected: { records: manifest.rejected.records + rejected, bytes: commit.rejectedBytes },
    run: {
      isFinished: false,
      rows: manifest.run.rows + rows,
      rejected: manifest.run.rejected + rejected,
    },
  };
}

function withRead(
  former: ExportedPartition | undefined,
  { partition, range, rejected, schemaVersions }: ReadPartition,
  files: readonly ExportedFile[],
): ExportedPartition {
  const ranges = withRange(former?.ranges ?? [], range);
  const versions = { ...former?.schemaVersions };
  for (const [type, added] of Object.entries(schemaVersions))
    versions[type] = [...new Set([...(versions[type] ?? []), ...added])].toSorted(byVersion);
  return {
    from: ranges[0]?.[0] ?? range[0],
    to: ranges.at(-1)?.[1] ?? range[1],
    ranges,
    rows: (former?.rows ?? 0) + sum(files.map((file) => file.partitions[partition] ?? 0)),
    rejected: (former?.rejected ?? 0) + rejected,
    files: [...(former?.files ?? []), ...files.map(({ path }) => path)],
    schemaVersions: versions,
  };
}

const byVersion = (a: number | string, b: number | string): number =>
  String(a).localeCompare(String(b), 'en', { numeric: true });

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** A run that was ended before goes on. */
export const withRunBegun = (manifest: ExportManifest): ExportManifest =>
  manifest.run.isFinished ? { ...manifest, run: NEW_RUN } : manifest;

export const withRunFinished = (manifest: ExportManifest, at: string): ExportManifest => ({
  ...manifest,
  updatedAt: at,
  run: { ...manifest.run, isFinished: true },
});

/** A partition, and the offsets of it that are wanted. */
export interface WantedPartition extends TopicPartition {
  readonly range: LogRange;
}

/** What of the wanted offsets is still to be read. */
export interface PartitionToRead extends TopicPartition {
  readonly ranges: OffsetRanges;
}

/** What of the wanted offsets the export lacks. @throws if what was exported is not in the log any more */
export function missingFromExport(
  { topics }: Pick<ExportManifest, 'topics'>,
  wanted: readonly WantedPartition[],
): PartitionToRead[] {
  return wanted
    .map(({ topic, partition, range }) => ({
      topic,
      partition,
      ranges: missingIn(topics[topic]?.partitions[partition]?.ranges ?? [], range),
    }))
    .filter(({ ranges }) => ranges.length > 0);
}

/**
 * Why the export cannot go on with this topic: a topic that was made anew, or restored from an older backup, has other events
 * at the same offsets.
 */
export function strangerIn(
  { topics }: Pick<ExportManifest, 'topics'>,
  topic: string,
  topicId: string,
  ends: readonly { readonly partition: number; readonly offset: number }[],
): string | undefined {
  const exported = topics[topic];
  if (!exported) return undefined;
  if (exported.topicId !== topicId)
    return `topic ${topic} is not the one that was exported: it was made anew`;
  const short = ends.find(({ partition, offset }) => offset < (exported.partitions[partition]?.to ?? 0));
  return (
    short &&
    `${topicPartitionKey({ topic, partition: short.partition })} ends at ${short.offset}, before what was exported`
  );
}

export const countToRead = (parts: readonly PartitionToRead[]): number =>
  parts.reduce((total, { ranges }) => total + countOffsets(ranges), 0);

import type { DuckDBConnection } from '@duckdb/node-api';
import type { LoggedEvent } from '#libs/contracts';
import { messageOf, type RejectedRecord, type ScannedBatch } from '#libs/kernel';
import { literal } from '../core/column-type.js';
import type { EventTable } from '../core/event-table.js';
import { COPY_OPTIONS, fileColumns } from '../core/file-select.js';
import type { ExportedFile, FileFormat, ReadPartition } from '../core/manifest.js';
import { schemaIdOf } from '../core/schema-id.js';
import { EventBuffer } from './event-buffer.js';
import type { ExportFolder } from './export-folder.js';

/** Rows of one topic's event type and one day, in a buffer's table. */
interface Part {
  readonly topic: string;
  readonly eventType: string;
  readonly day: string;
  rows: number;
  readonly partitions: Record<string, number>;
}

interface ReadRange extends Omit<ReadPartition, 'schemaVersions' | 'range' | 'rejected'> {
  readonly from: number;
  to: number;
  rejected: number;
  readonly schemaIds: Map<string, Set<number>>;
}

export interface WrittenSegment {
  readonly files: readonly ExportedFile[];
  readonly rejected: readonly RejectedRecord[];
  readonly read: readonly ReadPartition[];
}

/** The version of a schema, by the event type and its id. */
export type SchemaVersions = (eventType: string, id: number) => Promise<number | string>;

/** What is read between two commits: tables in DuckDB, from which files are written. */
export class Segment {
  readonly #buffers = new Map<string, EventBuffer>();
  readonly #parts = new Map<string, Part>();
  readonly #read: ReadRange[] = [];
  readonly #rejected: RejectedRecord[] = [];
  #bytes = 0;

  constructor(
    /** Of its own, because files are written while another segment is filled. */
    private readonly connection: DuckDBConnection,
    private readonly tables: ReadonlyMap<string, EventTable>,
    /** Names its tables. */
    private readonly number: number,
  ) {}

  /** Of the events in the log. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#read.length === 0;
  }

  async add(batch: ScannedBatch<LoggedEvent>): Promise<void> {
    const range = this.#rangeOf(batch);
    range.to = batch.next;
    const rejected = [...batch.rejected];
    for (const event of batch.events) {
      const buffer = this.#buffers.get(event.type) ?? (await this.#open(event.type));
      try {
        buffer.add(event);
      } catch (error) {
        rejected.push({ position: event.position, reason: messageOf(error) });
        continue;
      }
      this.#count(event, range);
    }
    range.rejected += rejected.length;
    for (const record of rejected) this.#rejected.push(record);
  }

  /** Writes the files, each for one topic, event type and day. @param commit names the files */
  async write(
    folder: ExportFolder,
    format: FileFormat,
    commit: number,
    versions: SchemaVersions,
  ): Promise<WrittenSegment> {
    for (const buffer of this.#buffers.values()) buffer.flush();
    const files: ExportedFile[] = [];
    for (const part of this.#parts.values()) {
      const path = `${part.topic}/event_type=${part.eventType}/day=${part.day}/part-${String(commit).padStart(6, '0')}.${format}`;
      const bytes = await folder.writeFile(path, (to) => this.connection.run(this.#copy(part, format, to)));
      files.push({ path, ...part, bytes });
    }
    const read = await Promise.all(this.#read.map((range) => readPartition(range, versions)));
    return { files, read, rejected: this.#rejected };
  }

  async close(): Promise<void> {
    for (const buffer of this.#buffers.values()) {
      buffer.close();
      await this.connection.run(`drop table ${buffer.name}`);
    }
    this.connection.closeSync();
  }

  #copy({ topic, eventType, day }: Part, format: FileFormat, to: string): string {
    const { name, table } = this.#buffers.get(eventType) as EventBuffer;
    const isWhole = [...this.#parts.values()].filter((part) => part.eventType === eventType).length === 1;
    const start = `timestamp ${literal(day)}`;
    const where = isWhole
      ? ''
      : ` where _topic = ${literal(topic)} and _time >= ${start} and _time < ${start} + interval 1 day`;
    return `copy (select ${fileColumns(table, format)} from ${name}${where}) to ${literal(to)} (${COPY_OPTIONS[format]})`;
  }

  async #open(eventType: string): Promise<EventBuffer> {
    const table = this.tables.get(eventType);
    if (!table) throw new Error(`there is no table for ${eventType}`);
    const buffer = await EventBuffer.open(this.connection, table, `segment_${this.number}_${table.name}`);
    this.#buffers.set(eventType, buffer);
    return buffer;
  }

  #rangeOf({ topic, partition, first }: ScannedBatch): ReadRange {
    const last = this.#read.findLast((range) => range.topic === topic && range.partition === partition);
    if (last?.to === first) return last;
    const range = { topic, partition, from: first, to: first, rejected: 0, schemaIds: new Map() };
    this.#read.push(range);
    return range;
  }

  #count({ type, metadata, position, value }: LoggedEvent, { schemaIds }: ReadRange): void {
    const { topic, partition } = position;
    const day = metadata.occurredAt.slice(0, DAY_LENGTH);
    const key = `${type} ${day} ${topic}`;
    let part = this.#parts.get(key);
    if (!part) this.#parts.set(key, (part = { topic, eventType: type, day, rows: 0, partitions: {} }));
    part.rows++;
    part.partitions[partition] = (part.partitions[partition] ?? 0) + 1;
    this.#bytes += value.length;
    const id = schemaIdOf(value);
    const known = schemaIds.get(type);
    if (known) known.add(id);
    else schemaIds.set(type, new Set([id]));
  }
}

/** Of `2026-01-31`. */
const DAY_LENGTH = 10;

async function readPartition(
  { topic, partition, from, to, rejected, schemaIds }: ReadRange,
  versionOf: SchemaVersions,
): Promise<ReadPartition> {
  const schemaVersions: Record<string, (number | string)[]> = {};
  for (const [type, ids] of schemaIds)
    schemaVersions[type] = await Promise.all([...ids].map((id) => versionOf(type, id)));
  return { topic, partition, range: [from, to], rejected, schemaVersions };
}

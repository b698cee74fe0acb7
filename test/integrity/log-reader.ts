import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import avro from 'avsc';
import { runKafkaTool } from '../../tools/launcher/embedded.mjs';
import { isFence, type LogBatch, type LogRecord } from './log-record.js';

/** The fields that every event's value has. */
interface EventValue {
  readonly metadata: {
    readonly eventId: string;
    readonly streamId: string;
    readonly version: number;
    readonly commandId: string;
    readonly occurredAt: number;
  };
  readonly reason?: string | null;
  readonly orderMetadata?: Record<string, string>;
}

/** Longest silence after which the consumer takes the log for read: it has no other way to know of an end. */
const SILENCE_MS = 6_000;
const BYTES = 'org.apache.kafka.common.serialization.BytesDeserializer';
const HEADER_BYTES = 5;

/**
 * Reads the orders as a stranger does: the console consumer of Kafka itself, the schemas as the registry serves them,
 * and an Avro library. Nothing of the product takes part.
 */
export class LogReader {
  readonly #types = new Map<number, Promise<avro.Type>>();

  constructor(
    private readonly brokers: string,
    private readonly registryUrl: string,
    private readonly logFile: string,
  ) {}

  async read(topic: string): Promise<LogRecord[]> {
    const events = await this.readValues(topic);
    return events.map(({ record }) => record);
  }

  /** With the events' values, by their schemas. */
  async readValues<Value>(
    topic: string,
  ): Promise<{ readonly record: LogRecord; readonly value: EventValue & Value }[]> {
    const properties = ['partition', 'offset', 'headers', 'key', 'value'].map((part) => `print.${part}=true`);
    const formats = ['headers', 'key', 'value'].map((part) => `${part}.deserializer=${BYTES}`);
    const output = await runKafkaTool({
      tool: 'org.apache.kafka.tools.consumer.ConsoleConsumer',
      args: [
        `--bootstrap-server=${this.brokers}`,
        `--topic=${topic}`,
        '--from-beginning',
        `--timeout-ms=${SILENCE_MS}`,
        ...[...properties, ...formats].flatMap((property) => ['--formatter-property', property]),
      ],
      logFile: this.logFile,
    });
    const lines = output.split('\n').filter((line) => line.startsWith('Partition:'));
    // Fences: no events, and every reader has to pass over them.
    const events = lines.filter((line) => !line.endsWith('\tnull\tnull'));
    return Promise.all(events.map((line) => this.#event<Value>(line)));
  }

  async #event<Value>(line: string) {
    const [, partition, offset, headers = '', key = '', value = ''] =
      /^Partition:(\d+)\tOffset:(\d+)\t([^\t]*)\t([^\t]*)\t([^\t]*)$/.exec(line) ?? [];
    if (partition === undefined) throw new Error(`the console consumer wrote: ${line.slice(0, 200)}`);
    const bytes = unescape(value);
    const type = await this.#typeOf(bytes.readUInt32BE(1));
    const event = type.fromBuffer(bytes.subarray(HEADER_BYTES)) as EventValue & Value;
    const header = (name: string) => new RegExp(`(?:^|,)${name}:([\\w.-]+)`).exec(headers)?.[1] ?? '';
    const { eventId, streamId, version, commandId, occurredAt } = event.metadata;
    const record: LogRecord = {
      partition: Number(partition),
      offset: Number(offset),
      key: unescape(key).toString(),
      headers: { id: header('ce_id'), type: header('ce_type'), version: Number(header('ce_streamversion')) },
      type: eventTypeOf(type.name ?? ''),
      streamId,
      version,
      eventId,
      commandId,
      occurredAt,
      marker: event.reason ?? event.orderMetadata?.marker,
    };
    return { record, value: event };
  }

  #typeOf(id: number): Promise<avro.Type> {
    const known = this.#types.get(id) ?? this.#fetchType(id);
    this.#types.set(id, known);
    return known;
  }

  async #fetchType(id: number): Promise<avro.Type> {
    const response = await fetch(`${this.registryUrl}/schemas/ids/${id}`);
    if (!response.ok) throw new Error(`the registry answered ${response.status} for schema ${id}`);
    const { schema } = (await response.json()) as { schema: string };
    return avro.Type.forSchema(JSON.parse(schema) as avro.Schema);
  }
}

/** Reads a topic's batches from the files of one broker, whose replicas must be in sync. */
export async function readBatches(logDirectory: string, topic: string, logFile: string): Promise<LogBatch[]> {
  const files = readdirSync(logDirectory)
    .filter((name) => name.startsWith(`${topic}-`))
    .flatMap((name) =>
      readdirSync(join(logDirectory, name))
        .filter((file) => file.endsWith('.log'))
        .map((file) => join(logDirectory, name, file)),
    );
  const tool = 'org.apache.kafka.tools.DumpLogSegments';
  const output = await runKafkaTool({ tool, args: ['--files', files.join()], logFile });
  let partition = -1;
  const batches: LogBatch[] = [];
  for (const line of output.split('\n')) {
    const file = /^Dumping .*-(\d+)\/\d+\.log$/.exec(line);
    if (file) partition = Number(file[1]);
    if (!line.startsWith('baseOffset:')) continue;
    const field = (name: string) => new RegExp(`\\b${name}: (\\S+)`).exec(line)?.[1] ?? '';
    batches.push({
      partition,
      baseOffset: Number(field('baseOffset')),
      lastOffset: Number(field('lastOffset')),
      producerId: Number(field('producerId')),
      producerEpoch: Number(field('producerEpoch')),
      isControl: field('isControl') === 'true',
    });
  }
  return batches;
}

/** How many records the batches have that the reader has not seen: it may have stopped too early. */
export function unreadRecords(batches: readonly LogBatch[], log: readonly LogRecord[]): number {
  const written = batches
    .filter((batch) => !batch.isControl && !isFence(batch))
    .reduce((sum, { baseOffset, lastOffset }) => sum + lastOffset - baseOffset + 1, 0);
  return written - log.length;
}

/** The console consumer writes bytes that are not printable, and the backslash, as `\xNN`. */
const unescape = (text: string): Buffer =>
  Buffer.from(
    text.replace(/\\x([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );

/** `orderstream.orders.OrderCreated` is the schema of `order.created`. */
const eventTypeOf = (record: string): string =>
  (record.split('.').at(-1) ?? '').replace(/(?!^)([A-Z])/g, '.$1').toLowerCase();

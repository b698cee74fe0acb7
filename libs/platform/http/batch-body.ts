import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { fail, type Result } from '#libs/kernel';
import { type JsonReader, malformed, type Range } from './json-reader.js';
import { JsonScan } from './json-scan.js';
import { ProblemException } from './problem.js';
import { AddRouteConfig } from './route-config.js';
import { invalidRequest } from './validation.js';

const BATCH = 'orderstream:batch';
export const NDJSON = 'application/x-ndjson';

const LINE_FEED = 0x0a;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** Memory for the parsed items, by byte of the body, as `memoryPlan` counts on. */
const PARSED_BYTES_PER_BYTE = 3;

/** One item of a batch. */
export interface BatchItem {
  /** Its value, or why it cannot be read. Take the value once, as it may be parsed each time. */
  readonly read: Result<unknown, ProblemException>;
  readonly bytes: number;
  /** The cost of checking it, in bytes of text. A value costs more than its bytes, as it may be wrong in several ways. */
  readonly weight: number;
}

/** For routes that are not Nest controllers; these use {@link TakesBatch}. */
export const BATCH_ROUTE = { [BATCH]: true } as const;

/** Marks a route whose body is a batch: a JSON array, or one JSON value per line (NDJSON). */
export const TakesBatch = (): MethodDecorator => AddRouteConfig(BATCH_ROUTE);

const isBatch = (config: object | undefined): boolean => config !== undefined && BATCH in config;

export const isBatchRoute = ({ routeOptions }: FastifyRequest): boolean => isBatch(routeOptions.config);

/** Allows larger bodies for batch routes, unless a route sets its own limit. */
export function setBatchLimit(fastify: FastifyInstance, bodyLimit: number): void {
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (isBatch(route.config)) route.bodyLimit ??= bodyLimit;
  });
}

/**
 * The items in the body of a batch route.
 * @param largest size of one item in bytes; the limit of a single request by default
 * @throws ProblemException unless there are 1 to `max`, or for broken JSON
 */
export async function batchItems(
  { body }: FastifyRequest,
  max: number,
  largest?: number,
): Promise<readonly BatchItem[]> {
  if (!(body instanceof BatchBody)) throw notABatch(max);
  return body.items(max, largest);
}

/** How many commands a request has, as far as they have been read. */
export const commandsIn = ({ body }: FastifyRequest): number =>
  body instanceof BatchBody ? Math.max(1, body.size) : 1;

function notABatch(max: number, found = ''): ProblemException {
  return invalidRequest([
    { path: [], message: `must be an array, or lines of NDJSON, of 1 to ${max} items${found}` },
  ]);
}

/**
 * The body of a batch. It first finds where each item starts and ends, and stops at the first item too many.
 */
export class BatchBody {
  /** The number of its items, once they are asked for. */
  size = 0;
  /** Memory left for parsed items. Those beyond it are parsed again when they are used. */
  #memory: number;

  constructor(
    private readonly reader: JsonReader,
    private readonly form: 'array' | 'lines',
    private readonly itemLimit: number,
  ) {
    this.#memory = PARSED_BYTES_PER_BYTE * reader.bytes.length;
  }

  async items(max: number, largest = this.itemLimit): Promise<BatchItem[]> {
    const ranges = this.form === 'array' ? await this.#elements(max) : await this.#lines(max);
    if (ranges.length === 0) throw notABatch(max);
    this.size = ranges.length;
    const items: BatchItem[] = [];
    for (const range of ranges) items.push(await this.#item(range, largest));
    return items;
  }

  async #item(range: Range, largest: number): Promise<BatchItem> {
    const bytes = range.end - range.start;
    if (bytes > largest) {
      const detail = `It is larger than ${largest} bytes.`;
      return { read: fail(new ProblemException('body-too-large', detail)), bytes, weight: 0 };
    }
    const scan = new JsonScan();
    const read = await this.reader.value(range, scan);
    // A broken item makes the whole array invalid, but a broken line does not affect others.
    if (!read.ok && read.problem.code === 'malformed-request' && this.form === 'array') throw read.problem;
    this.#memory -= read.ok ? scan.memoryBytes : 0;
    const weight = bytes + scan.memoryBytes;
    return { read: read.ok && this.#memory < 0 ? this.reader.again(range) : read, bytes, weight };
  }

  async #lines(max: number): Promise<Range[]> {
    const { bytes } = this.reader;
    const ranges: Range[] = [];
    for (let start = await this.reader.skipSpace(this.reader.start); start < bytes.length; ) {
      const lineFeed = bytes.indexOf(LINE_FEED, start);
      const end = lineFeed < 0 ? bytes.length : lineFeed;
      ranges.push({ start, end });
      if (ranges.length > max) throw notABatch(max, '; there are more');
      start = await this.reader.skipSpace(end);
    }
    return ranges;
  }

  async #elements(max: number): Promise<Range[]> {
    const { bytes } = this.reader;
    const open = await this.reader.skipSpace(this.reader.start);
    if (bytes[open] !== OPEN_BRACKET) throw await this.#notAnArray(max);
    const ranges: Range[] = [];
    for (let start = open + 1; ; ) {
      const end = await this.reader.scan(new JsonScan(), start);
      ranges.push({ start, end });
      if (bytes[end] === CLOSE_BRACKET) break;
      if (bytes[end] !== COMMA) throw malformed('The body is not JSON.');
      if (ranges.length >= max) throw notABatch(max, '; there are more');
      start = end + 1;
    }
    const close = ranges.at(-1)?.end ?? open;
    if ((await this.reader.skipSpace(close + 1)) < bytes.length) throw malformed('The body is not JSON.');
    const isEmpty = ranges.length === 1 && (await this.reader.skipSpace(open + 1)) === close;
    return isEmpty ? [] : ranges;
  }

  async #notAnArray(max: number): Promise<ProblemException> {
    const isSmall = this.reader.bytes.length <= this.itemLimit;
    const read = isSmall ? await this.reader.value(this.reader.whole) : undefined;
    return read && !read.ok ? read.problem : notABatch(max);
  }
}

import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { rawAnswers } from '../raw-answers.js';
import { RawClient } from '../raw-client.js';
import { type Conversation, type PlannedRequest, WRITES } from './conversation.js';
import { type Sent, violationsIn } from './verdict.js';
import type { WrittenRequest } from './written-request.js';

/**
 * Clients that send what nobody should, and look at what comes of it: every answer is well formed, and in its place; no
 * order is made twice, or out of what is no request.
 */
export class HostileClients {
  #names = 0;
  /** Orders that the requests may create, and those that were answered. */
  readonly #possible = new Set<string>();
  readonly #answered = new Set<string>();
  /** How many requests of each kind were sent. */
  readonly kinds = new Map<string, number>();

  constructor(
    private readonly target: { readonly url: string; readonly apiKey: string },
    /** With which the customers of their orders begin. */
    private readonly prefix: string,
  ) {}

  /** @returns what was wrong */
  async talk(conversation: Conversation): Promise<string[]> {
    const isWild = conversation.requests.some(({ broken }) => broken !== undefined);
    // Where answers cannot be matched to requests, every answer must have a body.
    const planned = conversation.requests.filter(({ kind }) => !isWild || kind !== 'head');
    const requests = planned.map((request) => this.#write(request));
    const whole = Buffer.concat(requests.map(({ bytes }) => bytes));
    const sent = sentOf(requests, Math.round(whole.length * conversation.upTo));
    for (const id of ordersPossible(sent, isWild)) this.#possible.add(id);

    const client = RawClient.to(this.target.url);
    await writeAll(client, whole.subarray(0, sent.bytes), conversation);
    await this.#end(client, conversation, sent, isWild);

    const isCutOff = conversation.ending === 'close' || conversation.ending === 'reset';
    // One that was cut off may be answered before its method is known: with a body, whatever it was to be.
    const methods = isWild ? [] : sent.whole.map(({ method }) => method);
    const { answers, leftOver } = rawAnswers(client.received, methods);
    for (const { status, body } of answers) {
      const customer = status === 201 ? customerOf(body) : undefined;
      if (customer?.startsWith(this.prefix)) this.#answered.add(customer);
    }
    return violationsIn(sent, { answers, leftOver: isCutOff ? '' : leftOver }, { isWild, isCutOff });
  }

  /**
   * @param made customers of the orders that the server has made, of these clients
   * @returns what was wrong
   */
  verdict(made: readonly string[]): string[] {
    const once = new Set(made);
    return [
      ...made.filter((id) => !this.#possible.has(id)).map((id) => `${id} was made of what is no request`),
      ...[...this.#answered].filter((id) => !once.has(id)).map((id) => `${id} was answered, and not made`),
      ...(once.size < made.length ? [`${made.length - once.size} orders were made twice`] : []),
    ];
  }

  #write({ kind, salt, broken }: PlannedRequest): WrittenRequest {
    const write = WRITES[kind];
    if (!write) throw new Error(`there is no request ${kind}`);
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    const id = `${this.prefix}-${++this.#names}`;
    const written = write({ id, hiddenId: `${this.prefix}-hidden`, apiKey: this.target.apiKey, salt });
    if (!broken) return written;
    const bytes = Buffer.from(written.bytes);
    const head = bytes.indexOf('\r\n\r\n');
    bytes[Math.floor(head * broken.at)] = broken.byte;
    return { ...written, bytes };
  }

  async #end(client: RawClient, { ending }: Conversation, sent: Sent, isWild: boolean): Promise<void> {
    if (ending === 'close') return client.close();
    if (ending === 'reset') return client.reset();
    if (ending === 'half-close' || isWild) client.halfClose();
    // All that can be answered was answered, or the server has had enough.
    const methods = sent.whole.map(({ method }) => method);
    const isOver = () =>
      !sent.isAwaited && rawAnswers(client.received, methods).answers.length >= sent.whole.length;
    await client.until(isOver).catch(() => undefined);
    if (ending === 'half-close' || isWild) await client.closed();
    client.close();
  }
}

const SPACE = 0x20;

/** Which requests were sent whole, and which one was cut off. */
function sentOf(requests: readonly WrittenRequest[], bytes: number): Sent {
  const whole: WrittenRequest[] = [];
  let end = 0;
  for (const request of requests) {
    const start = end;
    end += request.bytes.length;
    if (end > bytes) {
      // Blank lines are not the beginning of anything yet.
      const begun = request.bytes.subarray(0, Math.max(0, bytes - start)).some((byte) => byte > SPACE);
      return { whole, cut: start < bytes ? request : undefined, isAwaited: begun, bytes };
    }
    whole.push(request);
  }
  return { whole, cut: undefined, isAwaited: false, bytes };
}

function* ordersPossible({ whole, cut }: Sent, isWild: boolean): Generator<string> {
  for (const { order, after } of whole) {
    if (order !== undefined) yield order;
    if (after === 'ends' && !isWild) return;
  }
  if (isWild && cut?.order !== undefined) yield cut.order;
}

async function writeAll(client: RawClient, bytes: Buffer, { pieces, pauseMs }: Conversation): Promise<void> {
  const ends = [...pieces.map((piece) => Math.round(piece * bytes.length)), bytes.length].toSorted(
    (a, b) => a - b,
  );
  let start = 0;
  for (const end of ends) {
    client.write(bytes.subarray(start, end));
    await (pauseMs === 0 ? turn() : sleep(pauseMs));
    start = end;
  }
}

/** None where a broken request has lost its body, and the server asks for none. */
function customerOf(order: string): string | undefined {
  const { customer } = JSON.parse(order) as { customer?: { id?: string } };
  return customer?.id;
}

import { isDeepStrictEqual } from 'node:util';
import { SeededRandom } from '#libs/kernel';
import type { Client } from '../../systems/client.js';
import type { ClientsApart } from '../testbed.js';
import { type FreshQuery, queriesFor } from './fresh-queries.js';
import type { ProjectorPauses } from './projector-pauses.js';
import { flawsOf, type Wait, WAITS } from './refusal.js';
import { Writer } from './writer.js';

/** Once more with the same positions, when the projector runs. */
const AGAIN: Wait = { seconds: 10, isSaid: true };
const QUERIES_AT_ONCE = 3;
const EXAMPLES = 10;

/** Writes, and reads back at once: never something older than the positions it has sent. */
export class OwnWritesRun {
  readonly violations: string[] = [];
  readonly #queried = new Map<string, number>();
  readonly #partitions = new Set<string>();
  #reads = 0;
  #fresh = 0;
  #refused = 0;
  #writes = 0;
  #longestPastWaitMs = 0;

  constructor(private readonly pauses: ProjectorPauses) {}

  get refused(): number {
    return this.#refused;
  }

  /** Lets all tenants read while the projector is paused and resumed. */
  async run(tenants: readonly ClientsApart[], reads: number, seed: number): Promise<void> {
    const goesOn = () => this.#reads < reads && this.violations.length < EXAMPLES;
    let isDone = false;
    const pausing = this.pauses.repeat(new SeededRandom(seed), () => !isDone);
    try {
      await Promise.all(
        tenants.map((clients, index) => this.#live(clients, new SeededRandom(seed * 1_000 + index), goesOn)),
      );
    } finally {
      isDone = true;
      await pausing;
    }
  }

  /** Reads until the answer is fresh; each refusal before that has to be a clear one. */
  async read(queries: Client, query: FreshQuery, first: Wait): Promise<void> {
    for (let wait = first; ; wait = AGAIN) {
      const began = performance.now();
      const answer = await queries.get(query.path, {
        'orderstream-position': query.positions,
        ...(wait.isSaid && { prefer: `wait=${wait.seconds}` }),
      });
      const elapsedMs = performance.now() - began;
      this.#reads++;
      if (answer.status === 200) return this.#judge(query, answer.body);
      this.#refused++;
      const flaws = flawsOf({ positions: query.positions, wait, answer, elapsedMs });
      this.violations.push(...flaws.map((flaw) => `${query.name}: ${flaw}`));
      if (flaws.length > 0) return;
      this.#longestPastWaitMs = Math.max(this.#longestPastWaitMs, elapsedMs - wait.seconds * 1_000);
      await this.pauses.resumed;
    }
  }

  lines(): string[] {
    const kinds = [...this.#queried].map(([name, count]) => `${count} × ${name}`);
    return [
      `read your writes: ${this.#writes} writes in ${this.#partitions.size} partitions, ${this.#reads} reads: ` +
        `${this.#fresh} fresh, ${this.#refused} × 503, ${this.violations.length} violations; ` +
        `${this.pauses.count} pauses of the projector; a 503 came at most ${Math.round(this.#longestPastWaitMs)} ms after its wait`,
      `  fresh answers: ${kinds.join(', ')}`,
    ];
  }

  async #live(
    { commands, queries }: ClientsApart,
    random: SeededRandom,
    goesOn: () => boolean,
  ): Promise<void> {
    const writer = new Writer(commands, random);
    while (goesOn()) {
      const write = await writer.write();
      this.#writes++;
      const some = random.shuffled(queriesFor(writer, write)).slice(0, random.between(1, QUERIES_AT_ONCE));
      // All before the next write: then what each must show is exactly what was written.
      await Promise.all(some.map((query) => this.read(queries, query, random.pick(WAITS))));
    }
    for (const partition of writer.positions.partitions) this.#partitions.add(partition);
  }

  #judge({ name, path, positions, shown, written }: FreshQuery, body: unknown): void {
    const found = shown(body);
    if (isDeepStrictEqual(found, written)) {
      this.#fresh++;
      this.#queried.set(name, (this.#queried.get(name) ?? 0) + 1);
      return;
    }
    const values = `${JSON.stringify(found)}, and not ${JSON.stringify(written)}`;
    this.violations.push(`${name}: ${path} after ${positions} shows ${values}`);
  }
}

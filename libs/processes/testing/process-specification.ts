import { ok, type Rejection, type Result } from '#libs/kernel';
import {
  type AnyProcessDefinition,
  type Ending,
  exists,
  type ExistingProcess,
  type Input,
  type JsonData,
  type Process,
  type ProcessCommand,
  processDecider,
  type ProcessEvent,
  type ProcessStep,
  stateOf,
} from '../core/index.js';

/** What comes into a process, as a specification writes it: an answer names its command by the key. */
export type GivenInput = Input<JsonData>;

export const event = <Event extends JsonData>(given: Event): GivenInput => ({ type: 'event', event: given });
export const answered = (key: string, data: JsonData = {}): GivenInput => ({
  type: 'answer',
  key,
  answer: { outcome: 'done', data },
});
export const refusedBy = (key: string, code: string, detail = code): GivenInput => ({
  type: 'answer',
  key,
  answer: { outcome: 'refused', code, detail },
});
export const timer = (name: string): GivenInput => ({ type: 'timer', name });
export const cancel = (reason: string | null = null): GivenInput => ({ type: 'cancel', reason });

const PROCESS_ID = '0197a2f0-0000-7000-8000-00000000000f';
const CORRELATION_ID = '0197a2f0-0000-7000-8000-0000000000c0';

/**
 * Given-when-then for a kind of process: given what came in so far, when this comes in, then it sends, waits or ends. All goes
 * through the decider of processes, so an answer needs an open command, and a timer fires only if it is set.
 */
export function specifyProcess(definition: AnyProcessDefinition) {
  return (...given: readonly GivenInput[]) => ({
    whenInput(input: GivenInput) {
      const before = new Played(definition);
      for (const each of given) succeeded(before.take(each));
      return new Outcome(before.take(input), () => before.state);
    },
  });
}

/** What follows of the input; each check returns the same, so that checks can be chained. */
class Outcome {
  constructor(
    private readonly result: Result<readonly ProcessStep[], Rejection>,
    private readonly after: () => Process,
  ) {}

  get steps(): readonly ProcessStep[] {
    return succeeded(this.result);
  }

  /** The keys of all commands that go out, in order; with what they say where that is given, too. */
  thenSends(...expected: readonly (string | readonly [key: string, payload: JsonData])[]): this {
    const sent = this.steps.flatMap(({ commands }) => commands);
    expect(sent.map(({ key }) => key)).toEqual(
      expected.map((each) => (typeof each === 'string' ? each : each[0])),
    );
    expected.forEach((each, index) => {
      if (typeof each !== 'string') expect(JSON.parse(sent[index]?.payload ?? '')).toMatchObject(each[1]);
    });
    return this;
  }

  thenWithdraws(...keys: readonly string[]): this {
    expect(this.steps.flatMap(({ withdrawn }) => withdrawn)).toHaveLength(keys.length);
    for (const key of keys) expect(this.#openKeys).not.toContain(key);
    return this;
  }

  thenSetsTimer(name: string, dueAt: number): this {
    expect(this.#existing.timers).toHaveProperty([name], dueAt);
    return this;
  }

  thenClearsTimer(name: string): this {
    expect(this.#existing.timers).not.toHaveProperty([name]);
    return this;
  }

  /** Nothing goes out, and something may still come in. */
  thenWaits(): this {
    expect(this.steps.flatMap(({ commands }) => commands.map(({ key }) => key))).toEqual([]);
    expect(['running', 'waiting']).toContain(stateOf(this.#existing));
    return this;
  }

  thenEnds(as: Ending): this {
    expect(this.steps.flatMap(({ commands }) => commands.map(({ key }) => key))).toEqual([]);
    expect(stateOf(this.#existing)).toBe(as);
    return this;
  }

  /** An operator has to look: the definition cannot handle the input. */
  thenIsStuck(error: RegExp): this {
    expect(this.#existing.error).toMatch(error);
    return this;
  }

  /** The input has no effect at all. */
  thenNothing(): this {
    expect(this.steps).toEqual([]);
    return this;
  }

  /** An operator's wish that comes too late. */
  thenIsRefused(code: string): void {
    expect(this.result).toMatchObject({ ok: false, problem: { code } });
  }

  thenStartsNothing(): void {
    expect(exists(this.after())).toBe(false);
  }

  get #existing(): ExistingProcess {
    return existing(this.after());
  }

  get #openKeys(): readonly string[] {
    return Object.values(this.#existing.open).map(({ key }) => key);
  }
}

/** One process in memory. */
class Played {
  state: Process;
  readonly #decider;
  readonly #sent = new Set<string>();
  #version = 0;
  #now = 0;

  constructor(private readonly definition: AnyProcessDefinition) {
    this.#decider = processDecider([definition]);
    this.state = this.#decider.initialState;
  }

  /** @throws if the input cannot come: nobody waits for the answer, or the timer is not set; or if a command goes out twice */
  take(input: GivenInput): Result<readonly ProcessStep[], Rejection> {
    const decision = this.#decider.decide(this.#commandOf(input), this.state);
    if (!decision.ok) return decision;
    for (const each of decision.value) {
      this.#goesOutOnce(each.data);
      this.state = this.#evolved(each);
    }
    return ok(decision.value.map(({ data }) => data));
  }

  /** Whoever receives a command that is sent again takes it for a repeat, and a late answer to the first counts for both. */
  #goesOutOnce({ commands }: ProcessStep): void {
    for (const { commandId, key } of commands) {
      if (this.#sent.has(commandId)) throw new Error(`the command ${key} goes out again`);
      this.#sent.add(commandId);
    }
  }

  /** As in the log and in snapshots, all survives JSON. */
  #evolved(each: ProcessEvent): Process {
    const read = JSON.parse(JSON.stringify(each)) as ProcessEvent;
    return JSON.parse(JSON.stringify(this.#decider.evolve(this.state, read))) as Process;
  }

  #commandOf(input: GivenInput): ProcessCommand {
    const common = { processId: PROCESS_ID, process: this.definition.name };
    switch (input.type) {
      case 'event': {
        const version = ++this.#version;
        return {
          ...common,
          type: 'handle-event',
          at: this.#now,
          eventId: `e-${version}`,
          eventType: String(input.event['type']),
          stream: 'specified/stream',
          version,
          correlationId: CORRELATION_ID,
          event: input.event,
        };
      }
      case 'answer': {
        const [commandId] =
          Object.entries(existing(this.state).open).find(([, { key }]) => key === input.key) ?? [];
        if (commandId === undefined) throw new Error(`the process waits for no answer to ${input.key}`);
        return { ...common, type: 'handle-answer', at: this.#now, commandId, answer: input.answer };
      }
      case 'timer': {
        const dueAt = existing(this.state).timers[input.name];
        if (dueAt === undefined) throw new Error(`the timer ${input.name} is not set`);
        this.#now = Math.max(this.#now, dueAt);
        return { ...common, type: 'fire-timer', at: this.#now, name: input.name, dueAt };
      }
      case 'cancel':
        return { ...common, type: 'cancel-process', at: this.#now, reason: input.reason };
    }
  }
}

function succeeded<Value>(result: Result<Value, Rejection>): Value {
  if (!result.ok) throw new Error(result.problem.detail);
  return result.value;
}

function existing(state: Process): ExistingProcess {
  if (!exists(state)) throw new Error('there is no process');
  return state;
}

import type { Rejection, Result } from '#libs/kernel';
import {
  answered,
  cancel,
  curse,
  errands,
  event,
  refusedBy,
  specifyProcess,
  timer,
} from '../testing/index.js';
import {
  commandIdOf,
  type ExistingProcess,
  exists,
  nextTimerAt,
  NEVER,
  type Process,
  type ProcessCommand,
  processDecider,
  type ProcessEvent,
  stateOf,
  unansweredSince,
} from './index.js';

const ASKED = { type: 'asked', errands: ['bread', 'milk'], patienceMs: 1_000 };
const PROCESS = '0197a2f0-0000-7000-8000-000000000001';
const idOf = (key: string) => commandIdOf(PROCESS, key);

/** A process of the decider, moved by commands as the runtime sends them. */
class Errand {
  state: Process;
  readonly events: ProcessEvent[] = [];
  readonly #decider;

  constructor(definition = errands()) {
    this.#decider = processDecider([definition]);
    this.state = this.#decider.initialState;
  }

  /** @returns the types of the events that follow, or the code of the refusal */
  send(command: Partial<ProcessCommand> & Pick<ProcessCommand, 'type'>): readonly string[] {
    const full = { processId: PROCESS, process: 'errands', at: 10, ...command } as ProcessCommand;
    const decision: Result<readonly ProcessEvent[], Rejection> = this.#decider.decide(full, this.state);
    if (!decision.ok) return [decision.problem.code];
    for (const each of decision.value) {
      this.events.push(each);
      this.state = JSON.parse(JSON.stringify(this.#decider.evolve(this.state, each))) as Process;
    }
    return decision.value.map(({ type }) => type);
  }

  event = (data: { readonly type: string } & Readonly<Record<string, unknown>>, version: number, at = 10) =>
    this.send({
      type: 'handle-event',
      eventId: `e-${version}`,
      eventType: data.type,
      stream: 'wishes/1',
      version,
      correlationId: 'c-1',
      event: data,
      at,
    });
  answer = (key: string, at = 10) =>
    this.send({ type: 'handle-answer', commandId: idOf(key), answer: { outcome: 'done', data: {} }, at });
  fire = (dueAt: number, at = dueAt) => this.send({ type: 'fire-timer', name: 'patience', dueAt, at });
  stuck = (key: string, error: string) =>
    this.send({ type: 'report-stuck', commandId: idOf(key), error, at: 20 });
  retry = () => this.send({ type: 'retry-process', at: 30 });
  cancel = () => this.send({ type: 'cancel-process', reason: null, at: 30 });

  get existing(): ExistingProcess {
    if (!exists(this.state)) throw new Error('there is no process');
    return this.state;
  }

  get open(): string[] {
    return Object.values(this.existing.open).map(({ key }) => key);
  }
}

const begun = (): Errand => {
  const errand = new Errand();
  errand.event(ASKED, 1);
  return errand;
};

afterEach(() => {
  curse.isOn = true;
});

describe('a process', () => {
  const specify = specifyProcess(errands());

  it('starts with the event that its definition names, and with no other', () => {
    specify().whenInput(event(ASKED)).thenSends('bread', 'milk').thenSetsTimer('patience', 1_000);
    specify()
      .whenInput(event({ type: 'called-off' }))
      .thenStartsNothing();
  });

  it('goes on until all is answered, and ends', () => {
    specify(event(ASKED)).whenInput(answered('bread')).thenWaits();
    specify(event(ASKED), answered('milk'))
      .whenInput(answered('bread'))
      .thenEnds('completed')
      .thenClearsTimer('patience');
  });

  it('sends what became due, and not again what is on its way', () => {
    specify(event(ASKED), answered('milk'))
      .whenInput(event({ type: 'added', errand: 'tea' }))
      .thenSends('tea');
  });

  it('ends at a refusal, at a time-out, and at an operator’s wish, and withdraws what is unanswered', () => {
    for (const input of [refusedBy('milk', 'sold-out'), timer('patience'), cancel()]) {
      const withdrawn = input.type === 'answer' ? ['bread'] : ['bread', 'milk'];
      specify(event(ASKED))
        .whenInput(input)
        .thenWithdraws(...withdrawn)
        .thenEnds('compensated');
    }
  });

  it('goes on when an event after its end asks for something', () => {
    specify(event(ASKED), answered('bread'), answered('milk'))
      .whenInput(event({ type: 'added', errand: 'tea' }))
      .thenSends('tea');
  });

  it('tells what it does', () => {
    const errand = begun();
    expect(stateOf(errand.existing)).toBe('running');
    expect(unansweredSince(errand.existing)).toBe(10);
    expect(nextTimerAt(errand.existing)).toBe(1_000);
    errand.answer('bread', 11);
    errand.answer('milk', 12);
    expect(stateOf(errand.existing)).toBe('completed');
    expect(unansweredSince(errand.existing)).toBe(NEVER);
    expect(nextTimerAt(errand.existing)).toBe(NEVER);
    expect(errand.existing.steps.map(({ trigger, sent }) => [trigger, sent])).toEqual([
      ['asked', ['bread', 'milk']],
      ['bread: done', []],
      ['milk: done', []],
    ]);
  });
});

describe('an input', () => {
  it('is handled once, by the version in its stream', () => {
    const errand = begun();
    expect(errand.event({ type: 'added', errand: 'tea' }, 2)).toEqual(['process.advanced']);
    expect(errand.event({ type: 'added', errand: 'jam' }, 2)).toEqual([]);
    expect(errand.event(ASKED, 1)).toEqual([]);
    expect(errand.open).toEqual(['bread', 'milk', 'tea']);
  });

  it('leaves no trace if it changes nothing', () => {
    const errand = begun();
    expect(errand.event({ type: 'added', errand: 'milk' }, 2)).toEqual([]);
  });

  it('is ignored if it answers what nobody waits for: again, after a withdrawal, never asked', () => {
    const errand = begun();
    expect(errand.answer('bread')).toEqual(['process.advanced']);
    expect(errand.answer('bread')).toEqual([]);
    expect(errand.answer('tea')).toEqual([]);
    errand.event({ type: 'called-off' }, 2);
    expect(errand.open).toEqual([]);
    expect(errand.answer('milk')).toEqual([]);
  });

  it('of a process that does not exist is ignored, and a wish of an operator refused', () => {
    const errand = new Errand();
    expect(errand.answer('bread')).toEqual([]);
    expect(errand.fire(1_000)).toEqual([]);
    expect(errand.stuck('bread', 'no shop')).toEqual([]);
    expect(errand.retry()).toEqual(['process-not-found']);
    expect(errand.cancel()).toEqual(['process-not-found']);
  });
});

describe('a timer', () => {
  it('fires at its time and not before, once', () => {
    const errand = begun();
    expect(errand.fire(1_000, 999)).toEqual([]);
    expect(errand.fire(1_000, 1_000)).toEqual(['process.compensated']);
    expect(errand.fire(1_000, 1_001)).toEqual([]);
  });

  it('does not fire for the time it was moved from', () => {
    const errand = begun();
    errand.event({ type: 'given-time', patienceMs: 2_000 }, 2);
    expect(errand.fire(1_000, 5_000)).toEqual([]);
    expect(errand.fire(2_000, 5_000)).toEqual(['process.compensated']);
  });

  it('does not fire once it is cleared, however due it was', () => {
    const errand = begun();
    errand.answer('bread', 2_000);
    errand.answer('milk', 2_000);
    expect(errand.fire(1_000, 2_000)).toEqual([]);
    expect(errand.fire(1_000, 2_000)).toEqual([]);
  });
});

describe('a process without progress', () => {
  it('is stuck, with the error, until an answer comes', () => {
    const errand = begun();
    expect(errand.stuck('bread', 'no shop')).toEqual(['process.stuck']);
    expect(stateOf(errand.existing)).toBe('stuck');
    expect(errand.existing.error).toBe('no shop');
    expect(errand.stuck('bread', 'no shop')).toEqual([]);
    expect(errand.stuck('bread', 'no road')).toEqual(['process.stuck']);
    errand.answer('bread');
    expect(stateOf(errand.existing)).toBe('running');
  });

  it('is not stuck for a command that is answered', () => {
    const errand = begun();
    errand.answer('bread');
    expect(errand.stuck('bread', 'no shop')).toEqual([]);
  });

  it('goes on at a retry; one that is not stuck has nothing to retry', () => {
    const errand = begun();
    expect(errand.retry()).toEqual([]);
    errand.stuck('bread', 'no shop');
    expect(errand.retry()).toEqual(['process.advanced']);
    expect(stateOf(errand.existing)).toBe('running');
    expect(errand.existing.steps.at(-1)?.trigger).toBe('retry');
  });

  it('can be neither retried nor cancelled after its end', () => {
    const errand = begun();
    expect(errand.cancel()).toEqual(['process.compensated']);
    expect(errand.retry()).toEqual(['process-ended']);
    expect(errand.cancel()).toEqual(['process-ended']);
  });
});

describe('an input on which the definition fails', () => {
  /** Asked, cursed, then with more inputs that have to wait. */
  const cursed = (): Errand => {
    const errand = begun();
    expect(errand.event({ type: 'curse' }, 2)).toEqual(['process.stuck']);
    return errand;
  };

  it('makes the process stuck, and keeps it from no answer to others', () => {
    const errand = cursed();
    expect(errand.existing.error).toMatch(/a curse/);
    expect(errand.open).toEqual(['bread', 'milk']);
  });

  it('is handled at a retry, and after it all that came since, in order', () => {
    const errand = cursed();
    expect(errand.event({ type: 'added', errand: 'tea' }, 3)).toEqual(['process.stuck']);
    expect(errand.answer('bread')).toEqual(['process.stuck']);
    expect(errand.existing.deferred).toHaveLength(3);
    curse.isOn = false;
    expect(errand.retry()).toEqual(['process.advanced', 'process.advanced', 'process.advanced']);
    expect(errand.existing).toMatchObject({ deferred: [], error: null });
    expect(errand.open).toEqual(['milk', 'tea']);
    expect(errand.existing.steps.slice(-3).map(({ trigger }) => trigger)).toEqual([
      'curse',
      'added',
      'bread: done',
    ]);
  });

  it('waits on if a retry fails as well, and only what was not handled does', () => {
    const errand = cursed();
    errand.answer('bread');
    expect(errand.retry()).toEqual([]);
    expect(errand.existing.deferred).toHaveLength(2);
    expect(errand.existing.error).toMatch(/a curse/);
    curse.isOn = false;
    errand.retry();
    expect(errand.open).toEqual(['milk']);
  });

  it('waits once, however often it and those behind it come', () => {
    const errand = cursed();
    expect(errand.event({ type: 'curse' }, 2, 11)).toEqual([]);
    errand.answer('bread', 12);
    expect(errand.answer('bread', 13)).toEqual([]);
    expect(errand.existing.deferred).toHaveLength(2);
  });

  it('leaves behind it no timer to fire that is cleared, and no answer to a withdrawn command', () => {
    const errand = cursed();
    errand.event({ type: 'called-off' }, 3);
    errand.answer('bread');
    expect(errand.fire(1_000)).toEqual(['process.stuck']);
    curse.isOn = false;
    expect(errand.retry()).toHaveLength(4);
    expect(errand.existing).toMatchObject({
      deferred: [],
      ended: 'compensated',
      facts: { isLate: false, done: [] },
    });
  });

  it('is no reason to send again what is answered', () => {
    const errand = cursed();
    errand.answer('bread');
    errand.answer('milk');
    expect(unansweredSince(errand.existing)).toBe(NEVER);
  });
});

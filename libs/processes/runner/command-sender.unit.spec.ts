import { NO_TRACING } from '#libs/platform';
import type { Stream } from '#libs/kernel';
import { deferred } from '#libs/kernel/testing';
import { FakeClock } from '#libs/webhook-delivery/testing';
import {
  commandIdOf,
  type ExistingProcess,
  type Process,
  type ProcessCommand,
  processDecider,
  type TargetAnswer,
} from '../core/index.js';
import { errands } from '../testing/index.js';
import { CommandSender, MOST_SENDING } from './command-sender.js';
import { InputRefusedError } from './process-inputs.js';
import type { DispatchedCommand } from './process-target.js';

const STUCK_AFTER_MS = 5_000;
const DONE: TargetAnswer = { outcome: 'done', data: { result: 'fetched' } };
const PROCESS = '0197a2f0-0000-7000-8000-000000000001';

/** Processes of one kind, whose inputs are handled at once, and a target that does as a test says. */
class Office {
  readonly clock = new FakeClock();
  readonly dispatched: DispatchedCommand[] = [];
  readonly answers: { readonly commandId: string; readonly answer: TargetAnswer }[] = [];
  readonly stuck: string[] = [];
  readonly lost: string[] = [];
  readonly lags: number[] = [];
  failures = 0;
  isOwner = true;
  target = async (_: DispatchedCommand): Promise<TargetAnswer> => DONE;
  /** Called before an answer is taken; may throw. */
  beforeAnswer = (): void => {};
  beforeStuck = (): void => {};
  readonly #decider = processDecider([errands()]);
  readonly #streams = new Map<string, Stream<Process>>();
  readonly sender = new CommandSender({
    inputs: {
      answer: async ({ processId }, _, commandId, answer) => {
        this.beforeAnswer();
        this.answers.push({ commandId, answer });
        this.input(processId, { type: 'handle-answer', commandId, answer });
      },
      stuck: async ({ processId }, _, commandId, error) => {
        this.beforeStuck();
        this.stuck.push(error);
        this.input(processId, { type: 'report-stuck', commandId, error });
      },
    },
    targets: {
      feet: (command) => {
        this.dispatched.push(command);
        return this.target(command);
      },
    },
    isOwner: () => this.isOwner,
    tracing: NO_TRACING,
    observer: {
      began: (lagMs) => void this.lags.push(lagMs),
      answered: () => undefined,
      failed: () => void this.failures++,
      lost: (_, key) => void this.lost.push(key),
    },
    clock: this.clock,
    random: () => 0,
    stuckAfterMs: STUCK_AFTER_MS,
  });

  begin(list: readonly string[] = ['bread'], processId = PROCESS, tenant = 'acme'): void {
    this.#streams.set(processId, {
      tenant,
      version: 0,
      createdAt: '',
      updatedAt: '',
      state: { processId: '' },
    });
    this.event({ type: 'asked', errands: list, patienceMs: Number.MAX_SAFE_INTEGER }, 1, processId);
  }

  event(event: Readonly<Record<string, unknown>>, version: number, processId = PROCESS): void {
    const from = { eventId: `e-${version}`, eventType: '', stream: 'wishes', version, correlationId: 'c' };
    this.input(processId, { type: 'handle-event', ...from, event });
  }

  input(processId: string, command: object): void {
    const { state, ...stream } = this.stream(processId);
    const full = { processId, process: 'errands', at: this.clock.now(), ...command } as ProcessCommand;
    const decision = this.#decider.decide(full, state);
    if (!decision.ok || decision.value.length === 0) return;
    const version = stream.version + decision.value.length;
    const next = { ...stream, version, state: decision.value.reduce<Process>(this.#decider.evolve, state) };
    this.#streams.set(processId, next);
    this.sender.update(next, { traceparent: null });
  }

  stream(processId = PROCESS): Stream<Process> {
    const stream = this.#streams.get(processId);
    if (!stream) throw new Error('there is no such process');
    return stream;
  }

  get process(): ExistingProcess {
    return this.stream().state as ExistingProcess;
  }
}

const fails = (message: string) => async (): Promise<TargetAnswer> => {
  throw new Error(message);
};
const hangs = () => new Promise<TargetAnswer>(() => undefined);

describe('the sender of commands', () => {
  let office: Office;
  beforeEach(() => {
    office = new Office();
  });
  afterEach(() => office.sender.stop());

  it('sends what a process opens, hands the answer back, and forgets both', async () => {
    office.begin(['bread', 'milk']);
    expect(office.sender.isSending(PROCESS)).toBe(true);
    await office.clock.runPending();
    expect(office.answers).toEqual(
      ['bread', 'milk'].map((key) => ({ commandId: commandIdOf(PROCESS, key), answer: DONE })),
    );
    expect(office.process.ended).toBe('completed');
    expect(office.sender.size).toBe(0);
    expect(office.sender.isSending(PROCESS)).toBe(false);
    expect(office.clock.pending).toBe(0);
  });

  it('tells the target what it is about, and whether it can have come before', async () => {
    office.target = fails('closed');
    office.begin();
    await office.clock.advance(200);
    expect(office.dispatched).toMatchObject([
      { payload: { type: 'go' }, tenant: 'acme', actor: 'errands', causationId: 'e-1', isFirst: true },
      { commandId: commandIdOf(PROCESS, 'bread'), isFirst: false },
    ]);
  });

  it('does not say of a command that it takes over that it is the first', async () => {
    office.isOwner = false;
    office.begin();
    await office.clock.runPending();
    office.isOwner = true;
    office.sender.update(office.stream());
    await office.clock.runPending();
    expect(office.dispatched).toMatchObject([{ isFirst: false }]);
  });

  it('hands back a refusal as an answer', async () => {
    const refusal: TargetAnswer = { outcome: 'refused', code: 'sold-out', detail: 'There is none.' };
    office.target = async () => refusal;
    office.begin();
    await office.clock.runPending();
    expect(office.answers.map(({ answer }) => answer)).toEqual([refusal]);
  });

  it('does not send again what is on its way', async () => {
    office.target = hangs;
    office.begin();
    office.sender.update(office.stream());
    await office.clock.runPending();
    expect(office.dispatched).toHaveLength(1);
  });

  it('tries again with growing pauses for as long as there is no answer', async () => {
    office.target = fails('closed');
    office.begin();
    const attemptsAt: number[] = [];
    const began = office.clock.now();
    while (office.dispatched.length < 5) {
      const { length } = office.dispatched;
      await office.clock.until(() => office.dispatched.length > length);
      attemptsAt.push(office.clock.now() - began);
    }
    expect(attemptsAt).toEqual([0, 200, 600, 1_400, 3_000]);
    expect(office.failures).toBe(5);
    office.target = async () => DONE;
    await office.clock.advance(10_000);
    expect(office.process.ended).toBe('completed');
  });

  it('tells a process that it is stuck: after some time, and once for each error', async () => {
    office.target = fails('closed');
    office.begin();
    await office.clock.advance(STUCK_AFTER_MS - 100);
    expect(office.stuck).toEqual([]);
    // Then, not with the next attempt.
    await office.clock.advance(100);
    expect(office.stuck).toEqual(['bread: closed']);
    await office.clock.advance(60_000);
    expect(office.stuck).toEqual(['bread: closed']);
    expect(office.process.error).toBe('bread: closed');
    office.target = fails('burnt down');
    await office.clock.advance(120_000);
    expect(office.stuck).toEqual(['bread: closed', 'bread: burnt down']);
  });

  it('tells it of an attempt that hangs, too', async () => {
    office.target = hangs;
    office.begin();
    await office.clock.advance(STUCK_AFTER_MS);
    expect(office.stuck).toEqual(['bread: no answer yet']);
  });

  it('tells it again when the process went on and the error is the same', async () => {
    office.target = ({ commandId }) =>
      commandId === commandIdOf(PROCESS, 'milk') ? Promise.resolve(DONE) : fails('closed')();
    office.begin();
    await office.clock.advance(20_000);
    office.event({ type: 'added', errand: 'milk' }, 2);
    expect(office.process.error).toBeNull();
    await office.clock.advance(20_000);
    expect(office.stuck).toEqual(['bread: closed', 'bread: closed']);
    expect(office.process.error).toBe('bread: closed');
  });

  it('tries again at once at an operator’s retry', async () => {
    office.target = fails('closed');
    office.begin();
    await office.clock.advance(60_000);
    const { length } = office.dispatched;
    office.input(PROCESS, { type: 'retry-process' });
    await office.clock.runPending();
    expect(office.dispatched).toHaveLength(length + 1);
  });

  it('stops sending what is withdrawn, and ignores what still comes of it', async () => {
    office.target = fails('closed');
    office.begin();
    await office.clock.advance(500);
    const { length } = office.dispatched;
    office.event({ type: 'called-off' }, 2);
    await office.clock.advance(60_000);
    expect(office.dispatched).toHaveLength(length);
    expect(office.sender.size).toBe(0);
  });

  it('sends nothing for a process that another one owns, from the moment on', async () => {
    office.target = fails('closed');
    office.begin();
    await office.clock.advance(500);
    const { length } = office.dispatched;
    office.isOwner = false;
    await office.clock.advance(60_000);
    expect(office.dispatched).toHaveLength(length);
    expect(office.sender.isSending(PROCESS)).toBe(false);
  });

  it('hands an answer over until it is taken, without asking the target again', async () => {
    let refusals = 3;
    office.beforeAnswer = () => {
      if (refusals-- > 0) throw new Error('no log');
    };
    office.begin();
    await office.clock.advance(10_000);
    expect(office.dispatched).toHaveLength(1);
    expect(office.answers).toHaveLength(1);
  });

  it('reports an answer that is refused for good, and gives up', async () => {
    office.beforeAnswer = () => {
      throw new InputRefusedError('too large');
    };
    office.begin();
    await office.clock.advance(60_000);
    expect(office.lost).toEqual(['bread']);
    expect(office.dispatched).toHaveLength(1);
    expect(office.sender.size).toBe(0);
  });

  it('tells the process of an answer that it refuses, and sends no more until that has gone on', async () => {
    office.beforeAnswer = () => {
      throw new InputRefusedError('too large');
    };
    /** As the poll does, which finds the commands that nobody sends. */
    const poll = async () => {
      for (let times = 0; times < 5; times++) {
        office.sender.update(office.stream());
        await office.clock.runPending();
      }
    };
    office.begin(['bread', 'milk']);
    await poll();
    expect(office.lost).toEqual(['bread', 'milk']);
    expect(office.process.error).toBe('milk: the process refuses the answer: too large');
    office.input(PROCESS, { type: 'retry-process' });
    await poll();
    expect(office.lost).toEqual(['bread', 'milk', 'bread', 'milk']);
    office.beforeAnswer = () => {};
    office.event({ type: 'added', errand: 'salt' }, 2);
    await poll();
    expect(office.dispatched).toHaveLength(7);
    expect(office.process.ended).toBe('completed');
  });

  it('sends no more for a process that cannot even be told', async () => {
    office.beforeAnswer = office.beforeStuck = () => {
      throw new InputRefusedError('too large');
    };
    office.begin();
    for (let times = 0; times < 5; times++) {
      await office.clock.runPending();
      office.sender.update(office.stream());
    }
    expect(office.lost).toEqual(['bread']);
    expect(office.dispatched).toHaveLength(1);
  });

  it('does not send a command whose answer waits for a retry', async () => {
    office.target = hangs;
    office.begin();
    office.event({ type: 'curse' }, 2);
    office.input(PROCESS, { type: 'handle-answer', commandId: commandIdOf(PROCESS, 'bread'), answer: DONE });
    office.sender.stop();
    const other = new Office();
    other.sender.update(office.stream());
    expect(other.sender.size).toBe(0);
  });

  it('leaves room for the commands of others when those of a tenant hang', async () => {
    office.target = ({ tenant }) => (tenant === 'greedy' ? hangs() : Promise.resolve(DONE));
    for (let index = 0; index < 400; index++) office.begin(['bread'], `greedy-${index}`, 'greedy');
    await office.clock.runPending();
    expect(office.dispatched.length).toBeLessThanOrEqual(128);
    office.begin();
    await office.clock.runPending();
    expect(office.process.ended).toBe('completed');
  });

  it('tells how long each command has waited for its first attempt, and not for the next ones', async () => {
    office.target = async () => {
      await office.clock.sleep(1_000);
      throw new Error('no answer');
    };
    for (let index = 0; index < 33; index++) office.begin(['bread'], `p-${index}`);
    await office.clock.advance(5_000);
    expect(office.lags.filter((lag) => lag === 0)).toHaveLength(32);
    expect(office.lags.filter((lag) => lag > 0)).toEqual([1_000]);
  });

  it('has room for so many commands, and takes the others over when some are answered', async () => {
    const first = deferred();
    office.target = () => first.promise.then(() => DONE);
    for (let index = 0; index <= MOST_SENDING / 2; index++)
      office.begin(['bread'], `greedy-${index}`, 'greedy');
    expect(office.sender.size).toBe(MOST_SENDING / 2);
    expect([office.sender.hasRoom('greedy'), office.sender.hasRoom('acme')]).toEqual([false, true]);
    const last = `greedy-${MOST_SENDING / 2}`;
    expect(office.sender.isSending(last)).toBe(false);
    first.resolve();
    await office.clock.runPending();
    office.target = hangs;
    office.sender.update(office.stream(last));
    expect(office.sender.isSending(last)).toBe(true);
  });

  it('lets a command that was never tried pass those of its tenant that have hung before', async () => {
    office.target = async ({ commandId }) => {
      if (commandId === commandIdOf(PROCESS, 'bread')) return DONE;
      await office.clock.sleep(10_000);
      throw new Error('no answer');
    };
    for (let index = 0; index < 300; index++) office.begin(['bread'], `hung-${index}`);
    await office.clock.advance(200_000);
    office.begin();
    await office.clock.advance(10_000);
    expect(office.process.ended).toBe('completed');
  });

  it('begins no attempt after it was stopped', async () => {
    office.target = fails('closed');
    office.begin();
    await office.clock.advance(500);
    const { length } = office.dispatched;
    office.sender.stop();
    office.begin(['bread'], 'another');
    await office.clock.advance(60_000);
    expect(office.dispatched).toHaveLength(length);
    expect(office.sender.size).toBe(0);
    expect(office.clock.pending).toBe(0);
  });
});

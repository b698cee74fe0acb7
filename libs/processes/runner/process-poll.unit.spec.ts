import { FakeClock } from '#libs/webhook-delivery/testing';
import type { ExistingProcess } from '../core/index.js';
import type { FoundProcess } from '../postgres/process-index.repository.js';
import { ProcessPoll } from './process-poll.js';

const DUE_AT = 1;

describe('the poll of processes', () => {
  let clock: FakeClock;
  let pages: FoundProcess[][];
  let fired: string[];
  let updated: string[];
  let sending: string[];
  /** Tenants for whose commands there is no room. */
  let full: string[];
  let failures: string[];
  let strangers: string[];
  let away: Partial<Record<'timers' | 'commands' | 'stuck', string>>;
  let poll: ProcessPoll;

  const page = (...ids: string[]): FoundProcess[] => ids.map((processId) => ({ processId, tenant: 'acme' }));
  async function* found(loop: 'timers' | 'commands') {
    const reason = away[loop];
    if (reason) throw new Error(reason);
    yield* pages;
  }

  beforeEach(() => {
    clock = new FakeClock();
    [pages, fired, updated, sending, full, failures, strangers] = [[], [], [], [], [], [], []];
    away = {};
    poll = new ProcessPoll({
      index: {
        withTimerDue: () => found('timers'),
        unanswered: () => found('commands'),
        countStuck: async () => {
          if (away.stuck) throw new Error(away.stuck);
          return 3;
        },
      },
      inputs: {
        look: async (processId, tenant) => {
          if (processId.startsWith('broken')) throw new Error(`${processId} is broken`);
          const state = { processId, timers: { due: DUE_AT, later: clock.now() + 60_000 } };
          return {
            tenant,
            version: 1,
            createdAt: '',
            updatedAt: '',
            state: state as unknown as ExistingProcess,
          };
        },
        timer: async ({ processId }, _, name, dueAt) => void fired.push(`${processId} ${name} ${dueAt}`),
      },
      sender: {
        update: ({ state }) => void updated.push(state.processId),
        isSending: (processId) => sending.includes(processId),
        hasRoom: (tenant) => !full.includes(tenant),
      },
      isOwner: (processId) => !strangers.includes(processId),
      clock,
      onFailure: (error) => failures.push(error.message),
    });
  });
  afterEach(() => poll.stop());

  it('fires the timers that are due, and no others, of all pages', async () => {
    pages = [page('a', 'b'), page('c'), []];
    await poll.fireTimers();
    expect(fired).toEqual(['a due 1', 'b due 1', 'c due 1']);
  });

  it('takes over the commands that nobody sends', async () => {
    pages = [page('a', 'b')];
    sending = ['b'];
    await poll.takeOver();
    expect(updated).toEqual(['a']);
  });

  it('looks at its own processes only', async () => {
    pages = [page('a', 'b')];
    strangers = ['a'];
    await poll.fireTimers();
    await poll.takeOver();
    expect(fired).toEqual(['b due 1']);
    expect(updated).toEqual(['b']);
  });

  it('takes over no commands of a tenant for which the sender has no room', async () => {
    pages = [page('a', 'b')];
    full = ['acme'];
    await poll.takeOver();
    expect(updated).toEqual([]);
    full = [];
    await poll.takeOver();
    expect(updated).toEqual(['a', 'b']);
  });

  it('lets no process that fails keep others from their turn', async () => {
    pages = [page('broken-1', 'a'), page('broken-2', 'b')];
    await poll.fireTimers();
    expect(fired).toEqual(['a due 1', 'b due 1']);
    expect(failures).toEqual(['broken-1 is broken', 'broken-2 is broken']);
  });

  it('looks again and again, until it is stopped', async () => {
    pages = [page('a')];
    poll.start();
    await clock.advance(2_100);
    expect(fired).toHaveLength(5);
    expect(updated).toHaveLength(2);
    expect(poll.stuck).toBe(3);
    poll.stop();
    await clock.advance(10_000);
    expect(fired).toHaveLength(5);
    expect(clock.pending).toBe(0);
  });

  it('says of each loop that fails why it does, while the others go on', async () => {
    for (const loop of ['timers', 'commands', 'stuck'] as const) {
      away = { [loop]: `no ${loop}` };
      if (loop === 'timers') poll.start();
      // Long enough for each of the others to have its turn several times.
      await clock.advance(12_000);
      expect(poll.fault).toMatch(`no ${loop}`);
    }
    away = {};
    await clock.advance(12_000);
    expect(poll.fault).toBeUndefined();
  });
});

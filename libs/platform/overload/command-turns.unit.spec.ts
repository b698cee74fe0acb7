import type { Clock } from '#libs/kernel';
import { CommandTurns } from './command-turns.js';
import { LEAST_PLACES, LEAST_SHARE } from './pace.js';

const MAX_WAIT_MS = 1_000;

describe('turns of commands', () => {
  let now: number;
  let turns: CommandTurns;
  let begun: string[];
  let refused: string[];
  let clock: Clock;
  let timers: { readonly at: number; readonly callback: () => void }[];

  beforeEach(() => {
    now = 0;
    begun = [];
    refused = [];
    timers = [];
    clock = {
      monotonic: () => now,
      after: (ms: number, callback: () => void) => void timers.push({ at: now + ms, callback }),
    } as unknown as Clock;
    turns = new CommandTurns({ maxWaitMs: MAX_WAIT_MS, maxWaiting: 5 }, clock);
  });

  const take = (name: string, tenant = 'acme') =>
    turns.take(
      tenant,
      () => begun.push(name),
      (seconds) => refused.push(`${name} for ${seconds} s`),
    );

  /** Only the least is allowed from now on, and all of it is taken. */
  function slow(): (() => void)[] {
    turns.look(10, 1);
    for (let look = 0; look < 30; look++) turns.look(10, 1);
    const held = Array.from({ length: LEAST_PLACES }, () => take('held'));
    begun = [];
    return held;
  }

  function advance(ms: number): void {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter((timer) => !due.includes(timer));
    for (const { callback } of due) callback();
  }

  /** Processes are behind for long. */
  function slowDown(): void {
    for (let look = 0; look < 80; look++) turns.look(10, 1, LEAST_SHARE);
  }

  it('are had at once while all is well', () => {
    for (let count = 0; count < 500; count++) take(String(count));
    expect(begun).toHaveLength(500);
  });

  it('are waited for while there is too much, and come by tenant', () => {
    const held = slow();
    take('b0', 'other');
    begun = [];
    take('a1');
    take('a2');
    take('b1', 'other');
    expect(begun).toEqual([]);
    held[0]?.();
    held[0]?.();
    expect(begun).toEqual([]);
    held[1]?.();
    expect(begun).toEqual(['a1']);
  });

  it('are had at once by a tenant with nothing in progress while another holds all places', () => {
    slow();
    take('a1');
    const giveBack = take('b1', 'other');
    take('b2', 'other');
    take('c1', 'third');
    expect(begun).toEqual(['b1']);
    giveBack();
    expect(begun).toEqual(['b1', 'b2']);
  });

  it('rest after the commands of their own tenant only', () => {
    slowDown();
    const giveBack = take('batch');
    take('a1');
    advance(60_000);
    giveBack(1_000);
    take('b1', 'other')();
    expect(begun).toEqual(['batch', 'b1']);
    take('b2', 'other');
    advance(200);
    expect(begun).toEqual(['batch', 'b1', 'b2']);
  });

  it('are refused after the longest wait, and when too many wait, with a time to retry', () => {
    slow();
    for (const name of ['1', '2', '3', '4', '5']) take(name);
    take('6');
    expect(refused).toEqual(['6 for 5 s']);
    now = MAX_WAIT_MS + 1;
    turns.look(10, 1);
    expect(refused).toHaveLength(6);
    expect([begun, turns.waiting]).toEqual([[], 0]);
  });

  it('tell those who are refused to come back when the others will have had theirs', () => {
    const held = slow();
    for (let look = 0; look < 100; look++) {
      now += 50;
      if (look % 2 === 0) {
        held.push(take('next'));
        held.shift()?.();
      }
      turns.look(10, 1);
    }
    refused = [];
    for (let count = 0; count <= 10; count++) take('late');
    expect(refused.at(-1)).toBe('late for 1 s');
  });

  it('come after a rest while there is less than one place, and at once when there is more', () => {
    slowDown();
    const giveBack = take('1');
    for (const name of ['2', '3', '4']) take(name);
    expect(begun).toEqual(['1']);
    advance(2);
    giveBack();
    advance(149);
    expect(begun).toEqual(['1']);
    advance(1);
    expect(begun).toEqual(['1', '2']);
    for (let look = 0; look < 40; look++) turns.look(0, 1);
    expect(begun).toEqual(['1', '2', '3', '4']);
  });

  it('come five times a second at least', () => {
    slowDown();
    const giveBack = take('long');
    take('next');
    advance(60_000);
    giveBack();
    advance(199);
    expect(begun).toEqual(['long']);
    advance(1);
    expect(begun).toEqual(['long', 'next']);
  });

  it('come after a batch according to its size', () => {
    slowDown();
    const giveBack = take('batch');
    take('next');
    advance(60_000);
    giveBack(1_000);
    advance(9_999);
    expect(begun).toEqual(['batch']);
    advance(1);
    expect(begun).toEqual(['batch', 'next']);
  });

  it.each([1, 20])('bound a backlog that a single place for %i tenants would let grow', (tenants) => {
    // Of 64 clients, each orders again once it is answered. An order takes 2 ms, and its process 50 ms, on the same CPU.
    turns = new CommandTurns({ maxWaitMs: MAX_WAIT_MS, maxWaiting: 64 }, clock);
    const running: (() => void)[] = [];
    let ordered = 0;
    const order = (): void => {
      const turn = { end: () => giveBack() };
      const giveBack = turns.take(
        `tenant-${ordered++ % tenants}`,
        () => setTurn(turn),
        () => undefined,
      );
    };
    const setTurn = (turn: { end: () => void }): void => void running.push(() => turn.end());
    let [backlogMs, mostMs, taken] = [0, 0, 0];
    for (let time = 0; time < 120_000; time += 5) {
      while (turns.running + turns.waiting < 64) order();
      const over = running.splice(0, 2);
      for (const end of over) end();
      taken += over.length;
      backlogMs = Math.max(0, backlogMs + over.length * 52 - 5);
      advance(5);
      if (time % 50 === 0) turns.look(backlogMs / 100, backlogMs > 0 ? 1 : 0, LEAST_SHARE);
      if (time > 60_000) mostMs = Math.max(mostMs, backlogMs);
    }
    expect(mostMs).toBeLessThan(3_000);
    expect(taken).toBeGreaterThan((0.8 * 120_000) / 52);
  });

  it('are not had by those who have gone', () => {
    const held = slow();
    const leave = take('gone');
    take('here');
    leave();
    held[0]?.();
    expect(begun).toEqual(['here']);
    expect(turns.running).toBe(LEAST_PLACES);
  });
});

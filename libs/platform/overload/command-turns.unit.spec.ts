import type { Clock } from '#libs/kernel';
import { CommandTurns } from './command-turns.js';
import { LEAST_PLACES } from './pace.js';

const MAX_WAIT_MS = 1_000;

describe('turns of commands', () => {
  let now: number;
  let turns: CommandTurns;
  let begun: string[];
  let refused: string[];

  beforeEach(() => {
    now = 0;
    begun = [];
    refused = [];
    const clock = { monotonic: () => now } as Clock;
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

  it('are had at once while all is well', () => {
    for (let count = 0; count < 500; count++) take(String(count));
    expect(begun).toHaveLength(500);
  });

  it('are waited for while there is too much, and come by tenant', () => {
    const held = slow();
    take('a1');
    take('a2');
    take('b1', 'other');
    expect(begun).toEqual([]);
    held[0]?.();
    held[0]?.();
    expect(begun).toEqual(['a1']);
    held[1]?.();
    expect(begun).toEqual(['a1', 'b1']);
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

import { jest } from '@jest/globals';
import { systemClock } from '#libs/kernel';
import { Pause } from './pause.js';

describe('a pause', () => {
  let pause: Pause;
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    pause = new Pause(systemClock);
  });
  afterEach(() => void jest.useRealTimers());

  /** Whether it is over, once everything that can happen now has happened. */
  async function isOver(pausing: Promise<void>): Promise<boolean> {
    let over = false;
    void pausing.then(() => (over = true));
    await jest.advanceTimersByTimeAsync(0);
    return over;
  }

  it('for work lasts until work arrives', async () => {
    const waiting = pause.untilWoken();
    expect(await isOver(waiting)).toBe(false);
    pause.wake();
    expect(await isOver(waiting)).toBe(true);
  });

  it('for work ignores earlier calls', async () => {
    pause.wake();
    const first = pause.untilWoken();
    expect(await isOver(first)).toBe(false);
    pause.wake();
    pause.wake();
    expect(await isOver(first)).toBe(true);
    expect(await isOver(pause.untilWoken())).toBe(false);
  });

  it('for a time lasts even if work arrives', async () => {
    const waiting = pause.forMs(100);
    pause.wake();
    await jest.advanceTimersByTimeAsync(99);
    expect(await isOver(waiting)).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(await isOver(waiting)).toBe(true);
  });

  it.each([
    ['for work', () => pause.untilWoken()],
    ['for a while', () => pause.forMs(100)],
    ['for the end', () => pause.untilEnded()],
  ])('%s is over at the end, and leaves no timer behind', async (_, begin) => {
    const waiting = begin();
    expect(await isOver(waiting)).toBe(false);
    pause.end();
    expect(await isOver(waiting)).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
    expect(await isOver(begin())).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });
});

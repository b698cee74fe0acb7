import { jest } from '@jest/globals';
import { systemClock } from '#libs/kernel';
import { StateFlusher } from './state-flusher.js';

const EVERY_MS = 1_000;

describe('the state flusher', () => {
  let unsaved: number;
  let saves: { succeed(): void; fail(error: Error): void }[];
  let failures: Error[];
  let flusher: StateFlusher;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    [unsaved, saves, failures] = [1, [], []];
    const states = {
      get unsaved() {
        return unsaved;
      },
      save: () =>
        new Promise<void>((resolve, reject) => {
          saves.push({ succeed: resolve, fail: reject });
        }),
    };
    flusher = new StateFlusher(states, EVERY_MS, systemClock, (error) => failures.push(error));
  });
  afterEach(() => void jest.useRealTimers());

  const happened = () => jest.advanceTimersByTimeAsync(0);
  async function fail(): Promise<void> {
    saves.at(-1)?.fail(new Error('away'));
    await happened();
  }
  async function succeed(): Promise<void> {
    saves.at(-1)?.succeed();
    await happened();
  }

  it('saves when due, and not earlier', () => {
    flusher.flushIfDue();
    expect(saves).toHaveLength(0);
    jest.advanceTimersByTime(EVERY_MS);
    flusher.flushIfDue();
    expect(saves).toHaveLength(1);
  });

  it('saves at once after many changes', () => {
    flusher.flushSoon();
    expect(saves).toHaveLength(1);
  });

  it('saves nothing without changes', async () => {
    unsaved = 0;
    jest.advanceTimersByTime(EVERY_MS);
    flusher.flushIfDue();
    flusher.flushSoon();
    await flusher.flushAll();
    expect(saves).toHaveLength(0);
  });

  it('runs one save at a time, however long it takes', async () => {
    flusher.flushSoon();
    flusher.flushSoon();
    jest.advanceTimersByTime(10 * EVERY_MS);
    flusher.flushIfDue();
    expect(saves).toHaveLength(1);
    await succeed();
    flusher.flushSoon();
    expect(saves).toHaveLength(2);
  });

  it('reports a failure, and retries when due rather than at once', async () => {
    flusher.flushSoon();
    await fail();
    expect(failures).toMatchObject([{ message: 'away' }]);
    flusher.flushSoon();
    flusher.flushIfDue();
    expect(saves).toHaveLength(1);
    jest.advanceTimersByTime(EVERY_MS);
    flusher.flushIfDue();
    expect(saves).toHaveLength(2);
    await succeed();
    flusher.flushSoon();
    expect(saves).toHaveLength(3);
  });

  it('finally waits for the running save, and saves the rest', async () => {
    flusher.flushSoon();
    const all = flusher.flushAll();
    await happened();
    expect(saves).toHaveLength(1);
    await succeed();
    expect(saves).toHaveLength(2);
    await succeed();
    await all;
  });

  it('finally retries a failed save once, and reports if it fails again', async () => {
    flusher.flushSoon();
    const all = flusher.flushAll();
    const refused = expect(all).rejects.toThrow('away');
    await fail();
    await fail();
    await refused;
    expect(failures).toHaveLength(1);
  });
});

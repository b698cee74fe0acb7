import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { deferred } from '#libs/kernel/testing';
import { ApiKeyUses } from './api-key-uses.js';

describe('the last uses of API keys', () => {
  let written: Record<string, number>[];
  let work: () => Promise<void>;
  let uses: ApiKeyUses;

  beforeEach(() => {
    jest.useFakeTimers();
    written = [];
    work = async () => undefined;
    uses = new ApiKeyUses({
      noteUse: async (times) => {
        await work();
        written.push(Object.fromEntries([...times].map(([keyId, at]) => [keyId, at.getTime()])));
      },
    });
    uses.onApplicationBootstrap();
  });
  afterEach(async () => {
    await uses.beforeApplicationShutdown();
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  it('are written once a minute, for all keys together', async () => {
    for (let at = 1; at <= 100; at++) uses.note('a', at);
    uses.note('b', 7);
    await jest.advanceTimersByTimeAsync(59_999);
    expect(written).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(written).toEqual([{ a: 100, b: 7 }]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(written).toHaveLength(1);
  });

  it('that cannot be written are written later, with what has come since, and logged once', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    work = async () => Promise.reject(new Error('away'));
    uses.note('a', 1);
    uses.note('b', 1);
    await jest.advanceTimersByTimeAsync(60_000);
    uses.note('b', 2);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(warn).toHaveBeenCalledTimes(1);
    work = async () => undefined;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(written).toEqual([{ a: 1, b: 2 }]);
  });

  it('wait for a slow write before the next, and are bounded', async () => {
    const { promise, resolve } = deferred();
    work = () => promise;
    uses.note('a', 1);
    await jest.advanceTimersByTimeAsync(60_000);
    for (let n = 0; n < 100_001; n++) uses.note(`key-${n}`, n);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(written).toEqual([]);
    resolve();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(written.map((each) => Object.keys(each).length)).toEqual([1, 100_000]);
  });

  it('are written at the stop', async () => {
    uses.note('a', 1);
    await uses.beforeApplicationShutdown();
    expect(written).toEqual([{ a: 1 }]);
  });
});

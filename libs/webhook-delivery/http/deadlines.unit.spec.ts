import { jest } from '@jest/globals';
import { Deadlines } from './deadlines.js';

describe('deadlines', () => {
  let expired: string[];
  let deadlines: Deadlines<{ readonly name: string }>;
  const items = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { name }]));
  const item = (name: string) => items[name] ?? { name };

  beforeEach(() => {
    jest.useFakeTimers();
    expired = [];
    deadlines = new Deadlines(({ name }) => expired.push(name));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('come in time for each item, whatever its length and whenever it began', () => {
    deadlines.add(1_000, item('a'));
    deadlines.add(300, item('b'));
    jest.advanceTimersByTime(200);
    deadlines.add(1_000, item('c'));
    jest.advanceTimersByTime(99);
    expect(expired).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(expired).toEqual(['b']);
    jest.advanceTimersByTime(699);
    expect(expired).toEqual(['b']);
    jest.advanceTimersByTime(1);
    expect(expired).toEqual(['b', 'a']);
    jest.advanceTimersByTime(199);
    expect(expired).toEqual(['b', 'a']);
    jest.advanceTimersByTime(1);
    expect(expired).toEqual(['b', 'a', 'c']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('do not come for what was removed, and need one timer for each length', () => {
    for (let nth = 0; nth < 1_000; nth++) {
      const each = item(`item ${nth}`);
      deadlines.add(1_000, each);
      jest.advanceTimersByTime(1);
      deadlines.remove(1_000, each);
      expect(jest.getTimerCount()).toBe(1);
    }
    deadlines.add(1_000, item('a'));
    deadlines.remove(500, item('a'));
    jest.advanceTimersByTime(999);
    expect(expired).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(expired).toEqual(['a']);
    jest.advanceTimersByTime(5_000);
    expect(expired).toEqual(['a']);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('may begin again where one has just come', () => {
    deadlines = new Deadlines((each) => {
      expired.push(each.name);
      if (expired.length < 3) deadlines.add(100, each);
    });
    deadlines.add(100, item('a'));
    jest.advanceTimersByTime(250);
    expect(expired).toEqual(['a', 'a']);
    expect(jest.getTimerCount()).toBe(1);
    jest.advanceTimersByTime(1_000);
    expect(expired).toEqual(['a', 'a', 'a']);
    expect(jest.getTimerCount()).toBe(0);
  });
});

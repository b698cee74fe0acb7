import { jest } from '@jest/globals';
import { PinoLogger } from 'nestjs-pino';
import { pino } from 'pino';
import { GatheredLines, WideLog } from './logging.js';

describe('wide lines', () => {
  const written: string[] = [];
  const stream = { write: (lines: string) => void written.push(lines) };
  beforeEach(() => {
    written.length = 0;
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('of about the same time are written together, in order, and soon', () => {
    const lines = new GatheredLines(stream);
    lines.write('a\n');
    jest.advanceTimersByTime(10);
    lines.write('b\n');
    expect(written).toEqual([]);
    jest.advanceTimersByTime(10);
    expect(written).toEqual(['a\nb\n']);
    lines.write('c\n');
    jest.advanceTimersByTime(20);
    expect(written).toEqual(['a\nb\n', 'c\n']);
    jest.advanceTimersByTime(1_000);
    expect(written).toHaveLength(2);
  });

  it('are written at once when they are many', () => {
    const lines = new GatheredLines(stream);
    for (let nth = 0; nth < 40; nth++) lines.write(`${'x'.repeat(999)}\n`);
    expect(written.map(({ length }) => length)).toEqual([16_000, 16_000]);
    jest.advanceTimersByTime(20);
    expect(written.join('')).toHaveLength(40_000);
  });

  it('are written when the process exits', () => {
    const before = process.listenerCount('exit');
    const many = Array.from({ length: 20 }, () => new GatheredLines(stream));
    expect(process.listenerCount('exit')).toBe(before);
    many[7]?.write('last\n');
    const flush = process.listeners('exit').find((listener) => String(listener).includes('flush'));
    flush?.call(process, 0);
    expect(written).toEqual(['last\n']);
    jest.advanceTimersByTime(20);
    expect(written).toHaveLength(1);
  });

  it('have the context and level of their log, and other lines are not gathered', () => {
    const root = pino({ base: {}, redact: { paths: ['secret'] } }, stream);
    Object.assign(PinoLogger, { root });
    try {
      const log = new WideLog('Wide');
      log.info({ msg: 'first', secret: 'shown' });
      log.warn({ msg: 'second' });
      root.error({ msg: 'at once', secret: 'hidden' });
      expect(written.map((line) => JSON.parse(line) as object)).toMatchObject([
        { level: 50, msg: 'at once', secret: '[Redacted]' },
      ]);
      jest.advanceTimersByTime(20);
      const lines = (written[1] ?? '').trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
        { level: 30, context: 'Wide', msg: 'first', secret: 'shown' },
        { level: 40, context: 'Wide', msg: 'second' },
      ]);
    } finally {
      Object.assign(PinoLogger, { root: undefined });
    }
  });
});

import type { Replay } from '#libs/webhook-delivery/postgres';
import { replayDocument } from './replay.schemas.js';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
const replay: Replay = {
  replayId: 'r',
  subscriptionId: 's',
  state: 'running',
  eventTypes: null,
  callbackUrl: null,
  callbackQuery: null,
  done: 25,
  total: 60,
  createdAt: at(0),
  finishedAt: null,
  askedAt: at(10),
};

describe('the document of a replay', () => {
  it('has its callback URL without the query, even if the query was not sealed', () => {
    const shown = (callbackUrl: string, callbackQuery: string | null = null) =>
      replayDocument({ ...replay, callbackUrl, callbackQuery });
    expect(shown('https://example.com/a')).toMatchObject({ callbackUrl: 'https://example.com/a' });
    for (const one of [
      shown('https://example.com/a', 'sealed'),
      shown('https://example.com/a?token=private'),
    ]) {
      expect(one.callbackUrl).toBe('https://example.com/a?…');
      expect(JSON.stringify(one)).not.toMatch(/sealed|private/);
    }
  });

  it('has the rate so far, or of the whole replay once it has ended', () => {
    expect(replayDocument(replay)).toEqual({
      replayId: 'r',
      subscriptionId: 's',
      state: 'running',
      done: 25,
      total: 60,
      rate: 2.5,
      createdAt: '2026-01-01T00:00:00.000Z',
    });
    const ended = replayDocument({
      ...replay,
      state: 'completed',
      done: 60,
      finishedAt: at(20),
      askedAt: at(50),
    });
    expect(ended).toMatchObject({ rate: 3, finishedAt: '2026-01-01T00:00:20.000Z' });
    expect(replayDocument({ ...replay, askedAt: at(0) }).rate).toBe(0);
  });
});

import type { AppTrace } from './app-trace.js';
import {
  ANSWER_STAGES,
  type Journey,
  journeysOf,
  slowestOf,
  STAGES,
  summaryOf,
  TO_WEBHOOK,
} from './journeys.js';

const NOTHING: AppTrace = { requests: [], webhooks: [], kafka: [], postgres: [], collections: [] };
const SENT = { id: 'a', method: 'POST', sentAt: 0, acknowledgedAt: 8, arrivedAt: 10 };
const TRACE: AppTrace = {
  ...NOTHING,
  requests: [{ id: 'a', name: 'POST', from: 1, until: 7 }],
  webhooks: [{ id: 'a', name: 'POST', from: 6, until: 11 }],
  kafka: [{ name: 'Produce', from: 2, until: 5, ids: ['a'] }],
};
const JOURNEY: Journey = {
  id: 'a',
  method: 'POST',
  sentAt: 0,
  receivedAt: 1,
  appendSentAt: 2,
  appendedAt: 5,
  webhookSentAt: 6,
  arrivedAt: 10,
  webhookAnsweredAt: 11,
  answeredAt: 7,
  acknowledgedAt: 8,
  fetchedAt: [],
};

describe('the journey of a request', () => {
  it('joins what the load program and the app recorded', () => {
    expect(journeysOf([SENT], TRACE)).toEqual([JOURNEY]);
  });

  it('finds the append that carries its event', () => {
    const others = [
      { name: 'Produce', from: 0, until: 9, ids: ['b'] },
      { name: 'Heartbeat', from: 0, until: 9 },
      { name: 'Produce', from: 2, until: 5, ids: ['b', 'a'] },
    ];
    expect(journeysOf([SENT], { ...TRACE, kafka: others })).toEqual([JOURNEY]);
  });

  it('uses the first append and the first webhook, since later ones are for events that follow', () => {
    const trace = {
      ...TRACE,
      webhooks: [...TRACE.webhooks, { id: 'a', name: 'POST', from: 20, until: 21 }],
      kafka: [...TRACE.kafka, { name: 'Produce', from: 15, until: 16, ids: ['a'] }],
    };
    expect(journeysOf([SENT], trace)).toEqual([JOURNEY]);
  });

  it('lists the fetches that returned its event before the arrival', () => {
    const fetch = (until: number, ...ids: string[]) => ({ name: 'Fetch', from: 0, until, ids });
    const kafka = [
      ...TRACE.kafka,
      fetch(5.5, 'a'),
      fetch(5.6, 'b'),
      fetch(5.7),
      fetch(5.8, 'b', 'a'),
      fetch(12, 'a'),
    ];
    expect(journeysOf([SENT], { ...TRACE, kafka })).toEqual([{ ...JOURNEY, fetchedAt: [5.5, 5.8] }]);
  });

  it.each<[string, object, AppTrace]>([
    ['no acknowledgement', { acknowledgedAt: undefined }, TRACE],
    ['no arrival', { arrivedAt: undefined }, TRACE],
    ['no request in the app', {}, { ...TRACE, requests: [] }],
    ['no answer of the app', {}, { ...TRACE, requests: [{ id: 'a', name: 'POST', from: 1 }] }],
    ['no append', {}, { ...TRACE, kafka: [] }],
    ['no end of the append', {}, { ...TRACE, kafka: [{ name: 'Produce', from: 2, ids: ['a'] }] }],
    ['no webhook', {}, { ...TRACE, webhooks: [] }],
  ])('is left out with %s', (_, lack, trace) => {
    expect(journeysOf([{ ...SENT, ...lack }], trace)).toEqual([]);
  });
});

describe('stages', () => {
  it('add up to the time to the webhook', () => {
    expect(STAGES.map(({ length }) => length(JOURNEY))).toEqual([1, 1, 3, 1, 4]);
    expect(TO_WEBHOOK.length(JOURNEY)).toBe(10);
  });

  it('of the answer go from the append to the acknowledgement', () => {
    expect(ANSWER_STAGES.map(({ length }) => length(JOURNEY))).toEqual([2, 1]);
  });
});

/** Requests that take 1, 2, 3 … milliseconds, all of them in the last stage. */
const many = (count: number): Journey[] =>
  Array.from({ length: count }, (_, index) => ({
    ...JOURNEY,
    sentAt: 0,
    receivedAt: 0,
    appendSentAt: 0,
    appendedAt: 0,
    webhookSentAt: 0,
    arrivedAt: index + 1,
  }));

describe('a summary', () => {
  const lastStage = STAGES.slice(-2);

  it('has percentiles of each stage, and means of the middle and the slowest requests', () => {
    expect(summaryOf(many(100), lastStage).map(({ values }) => values)).toEqual([
      [0, 51],
      [0, 100],
      [0, 50.5],
      [0, 99.5],
    ]);
  });

  it('works for a single request', () => {
    for (const { values } of summaryOf([JOURNEY], [TO_WEBHOOK])) expect(values).toEqual([10]);
  });

  it('has means that add up', () => {
    for (const { values } of summaryOf([...many(7), JOURNEY], [...STAGES, TO_WEBHOOK]).slice(-2))
      expect(values.slice(0, -1).reduce((sum, value) => sum + value, 0)).toBeCloseTo(values.at(-1) ?? 0);
  });
});

test('the slowest come first', () => {
  expect(slowestOf(many(5), 2).map(({ arrivedAt }) => arrivedAt)).toEqual([5, 4]);
});

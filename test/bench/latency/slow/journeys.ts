import { percentile } from '../../report/statistics.js';
import type { AppTrace, Call, TracedCall } from './app-trace.js';
import type { SentRequest } from './request-log.js';

/** A request on its way to its webhook and its answer. Times are milliseconds of the machine's monotonic clock. */
export interface Journey {
  readonly id: string;
  readonly method: string;
  readonly sentAt: number;
  /** By the app. */
  readonly receivedAt: number;
  readonly appendSentAt: number;
  readonly appendedAt: number;
  readonly webhookSentAt: number;
  /** At the endpoint. */
  readonly arrivedAt: number;
  /** When the app had written the whole response, which may be just after the load program read it. */
  readonly answeredAt: number;
  /** When the response reached the load program. */
  readonly acknowledgedAt: number;
  /** When the response's headers reached the app, unless the trace ended before. */
  readonly webhookAnsweredAt: number | undefined;
  /** When the app's fetches returned its event, up to the arrival. */
  readonly fetchedAt: readonly number[];
}

/** From the request to the webhook's arrival. Each stage starts where the previous one ends, so they add up. */
export const STAGES: readonly Stage[] = [
  { title: 'to the app', length: ({ sentAt, receivedAt }) => receivedAt - sentAt },
  { title: 'before the append', length: ({ receivedAt, appendSentAt }) => appendSentAt - receivedAt },
  { title: 'append', length: ({ appendSentAt, appendedAt }) => appendedAt - appendSentAt },
  { title: 'before the webhook', length: ({ appendedAt, webhookSentAt }) => webhookSentAt - appendedAt },
  { title: 'webhook', length: ({ webhookSentAt, arrivedAt }) => arrivedAt - webhookSentAt },
];

/** From the append to the acknowledgement, in parallel with the webhook. */
export const ANSWER_STAGES: readonly Stage[] = [
  { title: 'before the answer', length: ({ appendedAt, answeredAt }) => answeredAt - appendedAt },
  { title: 'answer', length: ({ answeredAt, acknowledgedAt }) => acknowledgedAt - answeredAt },
];

export interface Stage {
  readonly title: string;
  /** In milliseconds. */
  readonly length: (journey: Journey) => number;
}

export const TO_WEBHOOK: Stage = {
  title: 'total',
  length: ({ sentAt, arrivedAt }) => arrivedAt - sentAt,
};

/** Joins both sides by request id. Requests with a missing part, such as failed ones, are left out. */
export function journeysOf(sent: readonly SentRequest[], trace: AppTrace): Journey[] {
  const requests = firstById(trace.requests);
  const webhooks = firstById(trace.webhooks);
  const appends = firstWith(trace.kafka.filter(({ name }) => name === 'Produce'));
  const fetches = new Map<string, number[]>();
  for (const { name, ids = [], until } of trace.kafka) {
    if (name !== 'Fetch' || until === undefined) continue;
    for (const id of ids) fetches.set(id, [...(fetches.get(id) ?? []), until]);
  }
  return sent.flatMap(({ id, method, sentAt, acknowledgedAt, arrivedAt }) => {
    const [request, append, webhook] = [requests.get(id), appends.get(id), webhooks.get(id)];
    const { until: answeredAt } = request ?? {};
    const { until: appendedAt } = append ?? {};
    if (!request || !append || !webhook) return [];
    if (answeredAt === undefined || appendedAt === undefined) return [];
    if (acknowledgedAt === undefined || arrivedAt === undefined) return [];
    const fetchedAt = (fetches.get(id) ?? []).filter((at) => at <= arrivedAt);
    return {
      id,
      method,
      sentAt,
      receivedAt: request.from,
      appendSentAt: append.from,
      appendedAt,
      webhookSentAt: webhook.from,
      arrivedAt,
      webhookAnsweredAt: webhook.until,
      answeredAt,
      acknowledgedAt,
      fetchedAt,
    };
  });
}

/** Only the first webhook counts: later ones are for other endpoints, or for events that follow from the request's own. */
const firstById = (calls: readonly TracedCall[]): ReadonlyMap<string, TracedCall> =>
  new Map(calls.toReversed().map((call) => [call.id, call]));

const firstWith = (calls: readonly Call[]): ReadonlyMap<string, Call> =>
  new Map(calls.toReversed().flatMap((call) => (call.ids ?? []).map((id) => [id, call] as const)));

/** The slowest first. */
export const slowestOf = (journeys: readonly Journey[], count: number): Journey[] =>
  journeys.toSorted((a, b) => TO_WEBHOOK.length(b) - TO_WEBHOOK.length(a)).slice(0, count);

export interface SummaryRow {
  readonly title: string;
  readonly values: readonly number[];
}

/** Ranges of requests in percent, from fast to slow. */
const MIDDLE = [45, 55] as const;
const SLOWEST = [98, 100] as const;

/**
 * The time in each stage. A percentile looks at its stage alone, so a row of percentiles does not add up; a mean covers the
 * same requests in every stage, so its row does.
 */
export function summaryOf(journeys: readonly Journey[], stages: readonly Stage[]): SummaryRow[] {
  const bySpeed = slowestOf(journeys, journeys.length).toReversed();
  const among = ([from, until]: readonly [number, number]) =>
    bySpeed.slice(Math.floor((bySpeed.length * from) / 100), Math.ceil((bySpeed.length * until) / 100));
  const row = (title: string, value: (stage: Stage) => number) => ({ title, values: stages.map(value) });
  const percentileOf = (share: number) => (stage: Stage) =>
    percentile(Float64Array.from(journeys, stage.length).toSorted(), share);
  const meanOf = (some: readonly Journey[]) => (stage: Stage) =>
    some.reduce((sum, journey) => sum + stage.length(journey), 0) / some.length;
  return [
    row('p50 of each', percentileOf(0.5)),
    row('p99 of each', percentileOf(0.99)),
    row('mean of requests around p50', meanOf(among(MIDDLE))),
    row('mean of the slowest 2 %', meanOf(among(SLOWEST))),
  ];
}

import type { ApiClient } from './webhook-api-client.js';

const PATH = '/v1/webhook-subscriptions';
const TARGET = { callbackUrl: 'http://127.0.0.1:9/', eventTypes: ['stock.adjusted'] };

/** Each with a request that is not answered 2xx where the API cannot do it. */
const PROBES = {
  orderings: { path: '', body: { ...TARGET, ordering: 'partition' } },
  batches: { path: '', body: { ...TARGET, batch: { maxEvents: 10, maxWaitMs: 10 } } },
  pauses: { path: '/pause', body: undefined },
  resumes: { path: '/resume', body: undefined },
  rotations: { path: '/secret/rotate', body: { overlapSeconds: 1 } },
  replays: { path: '/replay', body: { from: 'beginning' } },
} as const;

export type Feature = keyof typeof PROBES;

/** What the API can do: a run makes use of all of it. */
export async function featuresOf(api: ApiClient): Promise<ReadonlySet<Feature>> {
  const { body } = await api.post(PATH, TARGET);
  const there = new Set<Feature>();
  const made = [String(body.subscriptionId)];
  for (const [feature, probe] of Object.entries(PROBES)) {
    const path = probe.path === '' ? PATH : `${PATH}/${String(body.subscriptionId)}${probe.path}`;
    const answer = await api.post(path, probe.body);
    if (answer.status < 300) there.add(feature as Feature);
    if (probe.path === '' && answer.status === 201) made.push(String(answer.body.subscriptionId));
  }
  for (const id of made) await api.ask('DELETE', `${PATH}/${id}`);
  return there;
}

export const FEATURES = Object.keys(PROBES) as Feature[];

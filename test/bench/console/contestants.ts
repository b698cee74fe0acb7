import type { Client } from '../../systems/client.js';
import type { Section } from './options.js';
import { type Ground, TENANT } from './ground.js';
import { leafing, liveTail, overview, type Stay } from './stays.js';
import { PAGER } from './tab.js';

export interface PageToVisit {
  readonly path: string;
  /** Of the list whose first row is waited for. */
  readonly list: string;
}

export type Contestant = { readonly name: string; readonly against: readonly string[] } & (
  | { readonly section: 'visits'; readonly page: PageToVisit }
  | { readonly section: 'stays'; readonly once: true; readonly stay: Stay }
);

/** Where leafing leads that a person has patience for. */
const DEEP_PAGES = 20;
/** One of the causes that the dead letters have. */
const CAUSE = 'no answer in # ms';

const visit = (name: string, path: string, list: string): Contestant => ({
  section: 'visits',
  name,
  against: [],
  page: { path, list },
});
const stay = (name: string, of: Stay): Contestant => ({
  section: 'stays',
  name,
  against: [],
  once: true,
  stay: of,
});

/** In the order of the report. */
export async function contestantsOn(ground: Ground, sections: readonly Section[]): Promise<Contestant[]> {
  const own = (id: string, search = '') => `/webhooks/${id}?tenant=${TENANT}${search}`;
  const deliveries = (name: string, search: string, id = ground.subscriptionId) =>
    visit(`deliveries: ${name}`, own(id, search), 'Deliveries');
  const dead = (name: string, path: string, list: string) => visit(`dead letters: ${name}`, path, list);
  const orders = (name: string, search: string) =>
    visit(`orders: ${name}`, `/orders?tenant=${TENANT}${search}`, 'Orders');
  const { partition, offset, time } = await middleOfLog(ground);
  const log = (name: string, search: string) =>
    visit(
      `log: ${name}`,
      `/log?topic=orders&partition=${partition}${search}`,
      `Records of orders, partition ${partition}`,
    );
  const list = `/v1/webhook-subscriptions/${ground.subscriptionId}`;
  const all = [
    deliveries('newest', ''),
    deliveries('dead letters', '&status=dead-letter'),
    deliveries('retrying', '&status=retrying'),
    deliveries('status 500', '&code=500'),
    deliveries('a rare type', '&eventType=order.cancelled'),
    deliveries(
      `page ${DEEP_PAGES + 1}`,
      `&pageToken=${await deepToken(ground, `${list}/deliveries?limit=50`)}`,
    ),
    visit('deliveries: none of dead letters only', own(ground.deadId, '&status=retrying'), PAGER),
    dead('blocked lanes', own(ground.deadId, '&tab=lanes'), 'Blocked lanes'),
    dead('of one webhook', own(ground.deadId, '&tab=dead-letters'), 'Dead letters'),
    dead('all, by cause', '/dead-letters', 'Dead letters by cause'),
    dead('of a cause', `/dead-letters?kind=webhook&cause=${encodeURIComponent(CAUSE)}`, 'Dead letters'),
    visit('webhooks of all tenants', '/webhooks', 'Webhooks of all tenants'),
    visit('webhooks of all, 7 days', '/webhooks?period=7d', 'Webhooks of all tenants'),
    visit('webhooks of all, healthy', '/webhooks?health=healthy', 'Webhooks of all tenants'),
    log('newest', ''),
    log('from an offset', `&offset=${offset}`),
    log('from a time', `&time=${encodeURIComponent(time)}`),
    orders('newest', ''),
    orders('cancelled', '&status=cancelled'),
    orders('of a customer', '&customerId=c-31'),
    orders('of a time', `&createdTo=${encodeURIComponent('2026-01-01T12:00:00.000Z')}`),
    visit('overview', '/overview', 'Freshness of projections'),
    stay(
      'deliveries, 50 pages on, 45 back',
      leafing(own(ground.subscriptionId), 'Deliveries', 'Next page', 'Back'),
    ),
    stay(
      'log, 50 pages on, 45 back',
      leafing(
        `/log?topic=orders&partition=${partition}`,
        `Records of orders, partition ${partition}`,
        'Older',
        'Newer',
      ),
    ),
    stay('live tail, 500 events/s', liveTail),
    stay('overview', overview),
  ];
  return all.filter(({ section }) => sections.includes(section));
}

async function middleOfLog({ operator }: Ground) {
  const { items } = await read<{ items: Topic[] }>(operator, '/v1/operations/log/topics');
  const topic = items.find((each) => each.topic === 'orders');
  const [first] = topic?.partitions.toSorted((a, b) => b.endOffset - a.endOffset) ?? [];
  if (!first) throw new Error('there is no topic of orders');
  const { partition, beginOffset, endOffset } = first;
  const offset = Math.floor((beginOffset + endOffset) / 2);
  const page = await read<{ items: { time: string }[] }>(
    operator,
    `/v1/operations/log/orders/${partition}?offset=${offset}&limit=1`,
  );
  const time = page.items[0]?.time ?? '';
  return { partition, offset, time };
}

interface Topic {
  readonly topic: string;
  readonly partitions: readonly { partition: number; beginOffset: number; endOffset: number }[];
}

async function deepToken({ operator }: Ground, list: string): Promise<string> {
  let token = '';
  for (let page = 0; page < DEEP_PAGES; page++) {
    const page = await read<{ nextPageToken?: string }>(operator, `${list}${token && `&pageToken=${token}`}`);
    token = encodeURIComponent(page.nextPageToken ?? '');
  }
  return token;
}

const read = async <Body>(client: Client, path: string): Promise<Body> => {
  const answer = await client.get(path);
  if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`);
  return answer.body as Body;
};

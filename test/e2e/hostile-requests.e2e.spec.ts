import fc from 'fast-check';
import { conversations, HostileClients } from '#libs/platform/testing';
import { allEvents } from './commands.fixture.js';
import { type Client, eventually, someOrder, useSharedSystem } from './system.fixture.js';

const SETS = 25;
const CONNECTIONS = 6;

describe('a system among clients that send what nobody should', () => {
  const { system, client: neighbour } = useSharedSystem();
  let hostile: Client;
  beforeAll(async () => {
    hostile = await system.client();
  });

  /** Customers of all orders of the tenant, in order of the log. */
  async function customersOf(client: Client): Promise<string[]> {
    type Created = { readonly data: { readonly customer: { readonly id: string } } };
    const events = await allEvents<Created>(client, '&eventTypes=order.created');
    return events.map(({ data }) => data.customer.id);
  }

  it('lives on as the same process, answers each in its place, and makes every order once', async () => {
    const { pid } = system.app;
    const clients = new HostileClients({ url: system.app.url, apiKey: hostile.apiKey }, 'hostile');
    let isOver = false;
    const answered: string[] = [];
    const orderAllTheTime = async () => {
      for (let count = 0; !isOver; count++) {
        expect((await neighbour.post('/v1/orders', someOrder(`good-${count}`))).status).toBe(201);
        answered.push(`good-${count}`);
      }
    };
    const beside = orderAllTheTime();
    try {
      for (const set of fc.sample(conversations(CONNECTIONS), SETS)) {
        // The system waits half a minute for what does not come.
        const impatient = set.map((each) => ({
          ...each,
          ending: each.ending === 'wait' ? ('half-close' as const) : each.ending,
        }));
        const violations = await Promise.all(impatient.map((each) => clients.talk(each)));
        if (violations.flat().length > 0) throw new Error(JSON.stringify({ violations, impatient }));
      }
    } finally {
      isOver = true;
    }
    await beside;
    expect(answered.length).toBeGreaterThan(0);
    await eventually(async () => expect(await customersOf(neighbour)).toHaveLength(answered.length));
    expect(new Set(await customersOf(neighbour))).toEqual(new Set(answered));
    await eventually(async () => expect(clients.verdict(await customersOf(hostile))).toEqual([]));
    expect(system.app.pid).toBe(pid);
    process.kill(pid, 0);
  });
});

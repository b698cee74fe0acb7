import { itForAll } from '#libs/kernel/testing';
import { type Conversation, conversations } from '../testing/hostile-requests/conversation.js';
import { HostileClients } from '../testing/hostile-requests/hostile-clients.js';
import { API_KEY, TestApp } from '../testing/http-app.fixture.js';

/** Sets of connections, unless the time for a property is over before: see `PROPERTY_SECONDS`. */
const RUNS = Number(process.env['HOSTILE_REQUESTS'] ?? 1_000);
const CONNECTIONS = 8;

const app = await TestApp.use({ HTTP_REQUEST_TIMEOUT_MS: '1000' });

describe('clients that send what nobody should', () => {
  const clients = new HostileClients({ url: app.url, apiKey: API_KEY }, 'hostile');
  let isOver = false;
  let neighbour: Promise<number>;
  const failures: unknown[] = [];
  const fail = (error: unknown) => failures.push(error);

  beforeAll(() => {
    process.on('uncaughtException', fail).on('unhandledRejection', fail);
    neighbour = orderAllTheTime();
  });
  afterAll(() => void process.off('uncaughtException', fail).off('unhandledRejection', fail));

  /** Another client, which every order of it is answered. */
  async function orderAllTheTime(): Promise<number> {
    let count = 0;
    for (; !isOver; count++) {
      const id = `good-${count}`;
      const response = await fetch(`${app.url}/v1/orders`, {
        method: 'POST',
        headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify({ customer: { id } }),
      });
      if (response.status !== 201) throw new Error(`order ${id}: ${response.status}`);
      await response.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return count;
  }

  const made = () => app.acceptedCustomers.filter((id) => id.startsWith('hostile'));
  itForAll(
    'get an answer in its place, or none, and no order out of what is no request',
    [conversations(CONNECTIONS)],
    { numRuns: RUNS },
    async (all: Conversation[]) => {
      const violations = await Promise.all(all.map((each) => clients.talk(each)));
      expect([...violations.flat(), ...clients.verdict(made())]).toEqual([]);
    },
  );

  it('do nothing to a client beside them, nor to the process', async () => {
    isOver = true;
    const count = await neighbour;
    expect(count).toBeGreaterThan(0);
    const made = app.acceptedCustomers.filter((id) => id.startsWith('good'));
    expect(made).toEqual(Array.from({ length: count }, (_, index) => `good-${index}`));
    expect(failures).toEqual([]);
  });
});

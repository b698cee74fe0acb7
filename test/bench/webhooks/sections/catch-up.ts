import type { Ground } from '../ground.js';
import type { Run } from '../outcome.js';
import { failuresOf, historyFiguresOf } from './live.js';

const filled = new WeakMap<Ground, Map<string, Promise<string | undefined>>>();

/** Makes a tenant with that many orders, which nothing is added to. @returns why it failed, if so */
export async function fill(ground: Ground, tenant: string, events: number): Promise<string | undefined> {
  const tenants = filled.get(ground) ?? new Map<string, Promise<string | undefined>>();
  filled.set(ground, tenants);
  const filling =
    tenants.get(tenant) ??
    ground
      .produce(tenant, { way: 'fill', events })
      .then(
        (produced) => failuresOf(produced) ?? (produced.events === events ? undefined : 'orders refused'),
      );
  tenants.set(tenant, filling);
  return filling;
}

/** All that the log holds of a tenant, to new subscribers from the beginning. */
export async function catchUp(
  ground: Ground,
  { tenant, events, endpoints }: { tenant: string; events: number; endpoints: number },
): Promise<Run> {
  const notFilled = await fill(ground, tenant, events);
  const subscriptions = await ground.subscriptions(tenant);
  const urls = await ground.endpoints(endpoints);
  try {
    await ground.beginCounting();
    const ledger = await ground.ledger();
    const owed = events * endpoints;
    const { result, consumption } = await ground.watched(async () => {
      const made = await subscriptions.make(urls, { startFrom: 'beginning' });
      return { made, received: await ground.received(owed) };
    });
    const balance = await ledger.balance({ subscriptions, appended: 0, events: owed, ...result });
    return {
      ...historyFiguresOf(result.received, consumption, owed),
      ledger: balance.text,
      void: notFilled ?? balance.void,
    };
  } finally {
    await subscriptions.deleteAll();
  }
}

import { flood, orderSteadily, tenants, untilLimited } from './limited-tenants.fixture.js';
import { type Client, serversOfSharedSystem, startSystem, type System } from './system.fixture.js';

const PER_SECOND = 20;
const TENANT = 'limited';

/** A limit is of the tenant, however many processes its requests go to. */
describe.each([2, 3])('a limit over %i processes', (processes) => {
  let system: System;
  let client: Client;

  beforeAll(async () => {
    system = await startSystem(await serversOfSharedSystem(), { PROCESSES: String(processes) });
    client = await system.client(TENANT);
    await tenants(system, 'set', TENANT, '--orders-per-second', String(PER_SECOND));
    await untilLimited(client, PER_SECOND);
  });
  afterAll(() => system?.stop());

  it('lets through no more than one process would, and no less', async () => {
    const { taken, seconds, statuses } = await flood(client, 12);
    expect(statuses).toEqual(new Set([200, 429]));
    const allowed = PER_SECOND * seconds + PER_SECOND;
    expect(taken).toBeGreaterThan(0.9 * PER_SECOND * seconds);
    expect(taken).toBeLessThan(1.1 * allowed);
  });

  it('refuses nothing below it', async () => {
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(await orderSteadily(client, 0.9 * PER_SECOND, 5)).toEqual(new Set([201]));
  });
});

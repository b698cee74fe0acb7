import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#libs/kernel/testing';
import { API_KEY, TENANT, TestApp } from '../testing/http-app.fixture.js';
import type { Settings } from '../settings/settings.js';
import { Overload } from './overload.js';
import { LEAST_PLACES } from './pace.js';

const app = await TestApp.use({ COMMAND_TIMEOUT_MS: '1000' });
// The cases say how much is going on.
app.overload.onApplicationShutdown();

describe('an overloaded process', () => {
  const order = () =>
    fetch(`${app.url}/v1/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
      body: '{"customer":{"id":"c"}}',
    });

  /** Has commands in progress that take all places that are left. */
  function occupy(): readonly (() => void)[] {
    const { turns } = app.overload;
    for (let look = 0; look < 40; look++) turns.look(10, 1);
    return Array.from({ length: LEAST_PLACES }, () =>
      turns.take(
        TENANT,
        () => undefined,
        () => undefined,
      ),
    );
  }

  it('answers commands that wait too long with 503 and a time to retry, and answers queries', async () => {
    const held = occupy();
    const stopLooking = setInterval(() => app.overload.turns.look(10, 1), 20);
    const [refused, query] = await Promise.all([
      order(),
      fetch(`${app.url}/v1/orders/o-1`, { headers: { authorization: `Bearer ${API_KEY}` } }),
    ]);
    clearInterval(stopLooking);
    expect(query.status).toBe(200);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await refused.json()).toMatchObject({ code: 'unavailable' });
    for (const giveBack of held) giveBack();
    expect((await order()).status).toBe(201);
  });

  it('lets commands go on as soon as others are done', async () => {
    const held = occupy();
    const answers = [order(), order(), order()];
    for (const giveBack of held) giveBack();
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(app.overload.turns.running).toBe(0);
  });

  it('looks at itself only while something is behind', async () => {
    const overload = new Overload({ commands: { timeoutMs: 1_000, maxLagMs: 100 } as Settings['commands'] });
    const { turns } = overload;
    const look = turns.look.bind(turns);
    let looks = 0;
    turns.look = (...load) => {
      looks++;
      look(...load);
    };
    overload.onApplicationBootstrap();
    await sleep(150);
    expect(looks).toBe(0);
    overload.observe('deliveries', 400);
    await until(() => looks > 2);
    for (let before = -1; before !== looks; await sleep(200)) before = looks;
    const seen = looks;
    overload.observe('deliveries', 1);
    await until(() => looks > seen);
    overload.onApplicationShutdown();
    overload.observe('deliveries', 400);
    const end = looks;
    await sleep(150);
    expect(looks).toBe(end);
  });

  it('answers who operates it while orders of the same tenant wait', async () => {
    const held = occupy();
    const waiting = order();
    await until(() => app.overload.turns.waiting === 1);
    const paused = await fetch(`${app.url}/v1/webhook-subscriptions/s-1/pause`, {
      method: 'POST',
      headers: { authorization: `Bearer ${API_KEY}` },
    });
    expect([paused.status, app.overload.turns.waiting]).toEqual([201, 1]);
    for (const giveBack of held) giveBack();
    expect((await waiting).status).toBe(201);
  });
});

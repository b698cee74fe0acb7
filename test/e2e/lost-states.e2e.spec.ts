import { randomUUID } from 'node:crypto';
import {
  commandsOf,
  keyed,
  loseStates,
  problemOf,
  range,
  REUSED,
  statesSaved,
  told,
} from './commands.fixture.js';
import { type Answer, someOrder, useSharedSystem } from './system.fixture.js';

describe('commands over HTTP, when what is kept beside the log is lost', () => {
  const { system, client } = useSharedSystem();

  const { create, step, receive, adjust, versionsOf } = commandsOf(client);

  /** Some things with a history, and how each of their commands was answered. */
  async function remember() {
    const [createKey, stepKey, stockKey, sku] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const created = await create(createKey);
    const { orderId } = created.body;
    const confirmed = await step(orderId, 'confirmed', keyed(stepKey));
    await step(orderId, 'shipped');
    const received = await receive(sku, 5, keyed(stockKey));
    await adjust(sku, -3);
    return async () => {
      expect(told(await create(createKey))).toEqual(told(created));
      expect(told(await step(orderId, 'confirmed', keyed(stepKey)))).toEqual(told(confirmed));
      expect(told(await receive(sku, 5, keyed(stockKey)))).toEqual(told(received));
      expect(problemOf(await create(createKey, someOrder('other')))).toEqual(REUSED);
      expect(problemOf(await step(orderId, 'cancelled'))).toEqual([409, 'order-status-step-forbidden']);
      expect(problemOf(await step(orderId, 'delivered', { 'if-match': '"2"' }))).toEqual([
        412,
        'version-mismatch',
      ]);
      expect(problemOf(await adjust(sku, -3))).toEqual([409, 'stock-below-zero']);
      expect((await step(orderId, 'delivered')).body).toMatchObject({ status: 'delivered', version: 4 });
      expect((await adjust(sku, 2)).body).toMatchObject({ onHand: 4, version: 3 });
      expect(await versionsOf(orderId, 4)).toEqual([1, 2, 3, 4]);
    };
  }

  it.each<[string, () => Promise<unknown>]>([
    ['nothing but the app has ended', () => system.app.restart('SIGTERM')],
    ['it has crashed', () => system.app.restart('SIGKILL')],
    [
      'the tables are emptied while it runs',
      async () => {
        await statesSaved(system.databaseUrl, 0);
        await loseStates(system.databaseUrl);
      },
    ],
    [
      'the tables are emptied while it is stopped',
      async () => {
        await system.app.stop();
        await loseStates(system.databaseUrl);
        await system.app.restart();
      },
    ],
  ])('are decided as before when %s', async (_, lose) => {
    const expectAsBefore = await remember();
    await lose();
    await expectAsBefore();
  });

  it('are decided as before when the tables are emptied again and again under load', async () => {
    const sku = randomUUID();
    const answers: Answer[] = [];
    for (let round = 0; round < 10; round++) {
      const [sent] = await Promise.all([
        Promise.all(range(20).map(() => receive(sku, 1, keyed(randomUUID())))),
        loseStates(system.databaseUrl),
      ]);
      answers.push(...sent);
    }
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(answers.map(({ body }) => body.version).toSorted((a, b) => a - b)).toEqual(
      range(200).map((index) => index + 1),
    );
  });
});

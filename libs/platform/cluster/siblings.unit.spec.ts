import fastify, { type FastifyInstance } from 'fastify';
import type { SiblingAddress } from './messages.js';
import { Siblings } from './siblings.js';

describe('a process with siblings', () => {
  const [first, second] = [new Siblings(1, 3), new Siblings(2, 3)];
  let apps: FastifyInstance[];
  let addresses: SiblingAddress[];

  beforeAll(async () => {
    apps = [fastify(), fastify()];
    for (const [index, siblings] of [first, second].entries()) {
      const app = apps[index] as FastifyInstance;
      siblings.serve(app, 'state', async () => ({ of: siblings.number }));
      app.get('/public', async () => 'public');
      await app.listen({ port: 0, host: '127.0.0.1' });
    }
    addresses = (
      await Promise.all([first, second].map((each, index) => each.open(apps[index] as FastifyInstance)))
    ).flatMap((address) => address ?? []);
  });
  beforeEach(() => {
    first.update(addresses);
    second.update(addresses);
  });
  afterAll(() => Promise.all(apps.map((app) => app.close())));

  const statusOf = async (path: string, token?: string) => {
    const headers = token === undefined ? {} : { 'orderstream-peer-token': token };
    return (await fetch(`${addresses[1]?.url}${path}`, { headers })).status;
  };

  it('asks all others, and notices which do not run', async () => {
    expect(await first.ask('state')).toEqual([
      { number: 2, isRunning: true, answer: { of: 2 } },
      { number: 3, isRunning: false, answer: undefined },
    ]);
    expect(await second.ask('state')).toContainEqual({ number: 1, isRunning: true, answer: { of: 1 } });
    expect(await second.ask('unknown')).toContainEqual({ number: 1, isRunning: true, answer: undefined });
  });

  it('answers those alone that know its token, and serves nothing else on its own port', async () => {
    expect(await statusOf('/internal/state', second.token)).toBe(200);
    for (const token of [undefined, '', first.token, 'x'])
      expect(await statusOf('/internal/state', token)).toBe(404);
    expect(await statusOf('/public', second.token)).toBe(404);
  });

  it('listens for the others on the loopback interface', () => {
    expect(addresses.map(({ url }) => new URL(url).hostname)).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it('knows the tokens of those that run', () => {
    const given = (token: string) => first.tokenGivenBy({ headers: { 'orderstream-peer-token': token } });
    expect([given(first.token), given(second.token), given('x')]).toEqual([
      first.token,
      second.token,
      undefined,
    ]);
    expect([first.urlOf(second.token), first.urlOf(first.token)]).toEqual([addresses[1]?.url, undefined]);
    first.update([]);
    expect([given(second.token), first.urlOf(second.token)]).toEqual([undefined, undefined]);
  });
});

it('a process alone has nobody to ask, and opens nothing', async () => {
  const [alone, app] = [new Siblings(), fastify()];
  alone.serve(app, 'state', async () => ({}));
  expect([await alone.ask('state'), await alone.open(app), alone.isAlone]).toEqual([[], undefined, true]);
  expect(
    (await app.inject({ url: '/internal/state', headers: { 'orderstream-peer-token': alone.token } }))
      .statusCode,
  ).toBe(404);
});

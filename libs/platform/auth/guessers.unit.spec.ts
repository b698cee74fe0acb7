import { API_KEY, TestApp } from '../testing/http-app.fixture.js';

const app = await TestApp.use();

describe('an address that guesses keys', () => {
  let sent = 0;
  const ask = (key: string, path = '/v1/orders/1') =>
    fetch(`${app.url}${path}`, {
      headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': `203.0.113.${sent++ % 250}` },
    });

  it('is slowed down, also if it says that it is another; its valid keys are not', async () => {
    const guesses = await Promise.all(Array.from({ length: 100 }, (_, n) => ask(`wrong-${n}`)));
    const limited = guesses.filter(({ status }) => status === 429);
    expect(limited.length).toBeGreaterThan(20);
    expect(limited[0]!.headers.get('retry-after')).toBe('1');
    expect(await limited[0]!.json()).toMatchObject({ code: 'rate-limited', title: 'Too many requests' });
    const valid = await Promise.all(Array.from({ length: 50 }, () => ask(API_KEY)));
    expect(valid.filter(({ status }) => status !== 403 && status !== 200)).toEqual([]);
  });

  it('finds no way round where no key is needed but looked at', async () => {
    const guesses = await Promise.all(
      Array.from({ length: 50 }, (_, n) => ask(`other-${n}`, '/health/ready')),
    );
    expect(guesses.filter(({ status }) => status === 429).length).toBeGreaterThan(20);
    expect((await ask(API_KEY, '/health/ready')).status).toBe(200);
  });
});

import { API_KEY, TestApp } from '../testing/http-app.fixture.js';

const app = await TestApp.use();

describe('a method that a path does not have', () => {
  async function ask(method: string, path: string, key: string | undefined = API_KEY) {
    const headers = key === '' ? {} : { authorization: `Bearer ${key}` };
    const response = await fetch(`${app.url}${path}`, { method, headers });
    const text = await response.text();
    const code = text.includes('"code"') ? JSON.parse(text).code : undefined;
    return { status: response.status, allow: response.headers.get('allow'), code };
  }

  it.each([
    ['PUT', '/v1/orders', 'POST'],
    ['GET', '/v1/orders', 'POST'],
    ['OPTIONS', '/v1/orders', 'POST'],
    ['PROPFIND', '/v1/orders', 'POST'],
    ['DELETE', '/v1/orders/1', 'GET, HEAD'],
    ['POST', '/v1/orders/1?x=1', 'GET, HEAD'],
    // Not an order that is called batch.
    ['PATCH', '/v1/orders/batch', 'POST'],
    ['GET', '/v1/orders/batch?x=1', 'POST'],
    ['POST', '/health/live', 'GET, HEAD'],
    ['DELETE', '/metrics', 'GET, HEAD'],
  ])('is refused, and the others are named: %s %s', async (method, path, allow) => {
    expect(await ask(method, path)).toEqual({ status: 405, allow, code: 'method-not-allowed' });
  });

  it.each([
    ['PUT', '/v1/nothing'],
    ['POST', '/v1/orders/1/2/3'],
    ['DELETE', `/v1/orders/${'x'.repeat(301)}`],
    ['OPTIONS', '/'],
  ])('is no matter where there is no such path: %s %s', async (method, path) => {
    expect(await ask(method, path)).toEqual({ status: 404, allow: null, code: 'not-found' });
  });

  it('is told before the key is asked for, as an unknown path is', async () => {
    expect(await ask('PUT', '/v1/orders', '')).toMatchObject({ status: 405, allow: 'POST' });
    expect(await ask('PUT', '/v1/nothing', '')).toMatchObject({ status: 404 });
    expect(await ask('POST', '/v1/orders', '')).toMatchObject({ status: 401 });
  });

  it('is HEAD nowhere where there is GET', async () => {
    expect(await ask('HEAD', '/v1/orders/1')).toMatchObject({ status: 200 });
  });
});

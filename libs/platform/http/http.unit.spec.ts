import { z } from 'zod';
import { ProblemException } from './problem.js';
import { requestIdentity, requestIdOf } from './request-identity.js';
import { invalidRequest, neededBody, validationPipe } from './validation.js';

describe('an invalid request', () => {
  const schema = z.strictObject({ 'a/b': z.array(z.strictObject({ n: z.int() })) });

  it('points to each wrong field by an RFC 6901 pointer', () => {
    const { error } = schema.safeParse({ 'a/b': [{ n: 1 }, { n: 'x', more: 1 }], extra: 1 });
    const { errors, status } = invalidRequest(error!.issues);
    expect(status).toBe(400);
    expect(errors!.map(({ pointer }) => pointer)).toEqual(['/a~1b/1/n', '/a~1b/1/more', '/extra']);
  });

  it('is answered in bounded size, however much is wrong', () => {
    const { error } = schema.safeParse({ 'a/b': Array.from({ length: 1_000 }, () => ({ n: 'x' })) });
    const { errors } = invalidRequest(error!.issues);
    expect(errors).toHaveLength(50);
    expect(errors?.at(-1)).toEqual({ pointer: '', detail: 'there are more errors' });
    expect(invalidRequest(error!.issues, { most: 1_000 }).errors).toHaveLength(1_000);
  });

  it('repeats no more than a little of what was sent', () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, index) => [`${index}${'x'.repeat(index === 0 ? 1e6 : 1)}`, 1]),
    );
    const { error } = schema.safeParse({ 'a/b': [], ...unknown });
    expect(JSON.stringify(invalidRequest(error!.issues).toBody('/')).length).toBeLessThan(10_000);
  });
});

describe('a body that is missing', () => {
  const body = { type: 'body', schema: z.strictObject({ n: z.int() }) } as const;

  it('is asked for in plain words', async () => {
    await expect(validationPipe().transform(undefined, body)).rejects.toMatchObject({
      code: 'invalid-request',
      errors: [{ pointer: '', detail: 'a body is needed: send JSON' }],
    });
    await expect(validationPipe().transform(null, body)).rejects.toMatchObject({
      errors: [{ pointer: '', detail: expect.stringContaining('null') }],
    });
  });

  const optional = () => z.strictObject({ n: z.int().optional(), by: z.int().default(2) });

  it('counts as an empty object where that is valid', async () => {
    const metadata = { ...body, schema: optional() };
    expect(await validationPipe().transform(undefined, metadata)).toEqual({ by: 2 });
    await expect(validationPipe().transform(null, metadata)).rejects.toMatchObject({
      errors: [{ pointer: '', detail: expect.stringContaining('null') }],
    });
  });

  it('is asked for where a request without one makes no sense', async () => {
    const metadata = { ...body, schema: neededBody(optional()) };
    expect(await validationPipe().transform({}, metadata)).toEqual({ by: 2 });
    await expect(validationPipe().transform(undefined, metadata)).rejects.toMatchObject({
      errors: [{ pointer: '', detail: 'a body is needed: send JSON' }],
    });
  });
});

describe('a key that objects have anyway', () => {
  const schema = z.strictObject({ metadata: z.record(z.string(), z.string()).optional() });
  const validated = (text: string) => validationPipe().transform(JSON.parse(text), { type: 'body', schema });

  it('is kept where any key may be', async () => {
    const text = '{"metadata":{"constructor":"ACME GmbH","prototype":"P-7","toString":"x","a":"b"}}';
    expect(JSON.stringify(await validated(text))).toBe(text);
  });

  it.each(['constructor', 'prototype', '__proto__', 'toString'])(
    'is refused like any other unknown key: %s',
    async (key) => {
      await expect(validated(`{"${key}":1}`)).rejects.toMatchObject({ errors: [{ pointer: `/${key}` }] });
    },
  );
});

describe('a value that may have several forms', () => {
  const schema = z.strictObject({
    from: z.union([
      z.literal('now'),
      z.strictObject({ time: z.int() }),
      z.strictObject({ places: z.array(z.int()) }),
    ]),
  });
  const pointers = (from: unknown) =>
    invalidRequest(schema.safeParse({ from }).error!.issues).errors!.map(({ pointer }) => pointer);

  it.each<[unknown, string[]]>([
    [{ time: 'x' }, ['/from/time']],
    [{ places: [1, 'x', 'y'] }, ['/from']],
    [{ places: [1, 'x'] }, ['/from/places/1']],
    [{ time: 1, more: 2 }, ['/from/more']],
    ['then', ['/from']],
    [{}, ['/from']],
    [5, ['/from']],
  ])('is told what is wrong by the form that was meant: %j', (from, expected) => {
    expect(pointers(from)).toEqual(expected);
  });
});

describe('the identity of a request', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it.each([
    ['a request id', { 'x-request-id': 'mine' }, 'mine', null],
    ['a trace', { traceparent }, '0af7651916cd43dd8448eb211c80319c', traceparent],
    ['both', { 'x-request-id': 'mine', traceparent }, 'mine', traceparent],
    ['a broken trace', { 'x-request-id': 'mine', traceparent: '00-xyz' }, 'mine', null],
  ])('is taken from %s', (_, headers, correlationId, trace) => {
    expect(requestIdentity({ headers, id: requestIdOf(headers) })).toEqual({
      correlationId,
      traceparent: trace,
    });
  });

  it.each([undefined, '', 'with space', 'x'.repeat(201), 'nül'])('is made afresh instead of %s', (given) => {
    const headers = { 'x-request-id': given };
    const id = requestIdOf(headers);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestIdentity({ headers, id }).correlationId).toBe(id);
  });
});

it('tells a client when to come back after a 503', () => {
  expect(new ProblemException('unavailable', 'x').retryAfterSeconds).toBe(1);
});

import { z } from 'zod';
import { decodePageToken, encodePageToken } from './paging.js';
import { ProblemException } from './problem.js';
import { requestIdentity, requestIdOf } from './request-identity.js';
import { invalidRequest } from './validation.js';

const problemOf = (act: () => unknown): ProblemException => {
  try {
    act();
  } catch (error) {
    if (error instanceof ProblemException) return error;
    throw error;
  }
  throw new Error('no problem');
};

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
    expect(invalidRequest(error!.issues, 1_000).errors).toHaveLength(1_000);
  });

  it('repeats no more than a little of what was sent', () => {
    const unknown = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, index) => [`${index}${'x'.repeat(index === 0 ? 1e6 : 1)}`, 1]),
    );
    const { error } = schema.safeParse({ 'a/b': [], ...unknown });
    expect(JSON.stringify(invalidRequest(error!.issues).toBody('/')).length).toBeLessThan(10_000);
  });
});

describe('a page token', () => {
  const schema = z.object({ at: z.string() });

  it('survives the way to the client and back', () => {
    expect(decodePageToken(encodePageToken({ at: 'ü' }), schema)).toEqual({ at: 'ü' });
  });

  it.each(['', 'x', encodePageToken({ other: 1 }), Buffer.from('[2,{"at":"x"}]').toString('base64url')])(
    'of another make is refused: %s',
    (token) => {
      const { status, errors } = problemOf(() => decodePageToken(token, schema));
      expect([status, errors![0]!.pointer]).toEqual([400, '/pageToken']);
    },
  );
});

describe('the identity of a request', () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it.each([
    ['a request id', { 'x-request-id': 'mine' }, 'mine', null],
    ['a trace', { traceparent }, '0af7651916cd43dd8448eb211c80319c', traceparent],
    ['both', { 'x-request-id': 'mine', traceparent }, 'mine', traceparent],
    ['a broken trace', { 'x-request-id': 'mine', traceparent: '00-xyz' }, 'mine', null],
  ])('is taken from %s', (_, headers, correlationId, trace) => {
    expect(requestIdentity(headers, requestIdOf(headers))).toEqual({ correlationId, traceparent: trace });
  });

  it.each([undefined, '', 'with space', 'x'.repeat(201), 'nül'])('is made afresh instead of %s', (given) => {
    const headers = { 'x-request-id': given };
    const id = requestIdOf(headers);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestIdentity(headers, id).correlationId).toBe(id);
  });
});

it('tells a client when to come back after a 503', () => {
  expect(new ProblemException({ code: 'unavailable', detail: 'x' }).retryAfterSeconds).toBe(1);
});

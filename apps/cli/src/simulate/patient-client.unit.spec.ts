import { type Clock, systemClock } from '#libs/kernel';
import { type ApiAnswer, ApiClient, ApiError, type ApiRequest } from '../api/api-client.js';
import { PatientClient } from './patient-client.js';

/** Answers as told, one after the other; an error is thrown. */
class ScriptedApi extends ApiClient {
  readonly requests: ApiRequest[] = [];

  constructor(private readonly answers: (ApiAnswer | Error)[]) {
    super('http://127.0.0.1:1', 'key');
  }

  override async send(request: ApiRequest): Promise<ApiAnswer> {
    this.requests.push(request);
    const answer = this.answers.shift();
    if (answer === undefined || answer instanceof Error) throw answer ?? new ApiError('Nothing answers');
    return answer;
  }
}

const cut = (status: number, text: string): ApiAnswer => ({ status, isSuccess: status < 300, text });
const json = (status: number, body: object) => cut(status, JSON.stringify(body));
const hurried: Clock = { ...systemClock, sleep: () => Promise.resolve() };
const order = { method: 'POST', path: '/v1/orders', body: {}, key: 'k-1' } as const;

describe('the patient client', () => {
  it.each([
    ['nothing answers', new ApiError('Nothing answers')],
    ['the system is overloaded', json(503, { title: 'Overloaded' })],
    ['the rate is limited', json(429, { title: 'Too many' })],
    ['the answer is cut off', cut(201, '{"orderId":')],
  ])('repeats a command under the same key while %s', async (_, failure) => {
    const api = new ScriptedApi([
      failure,
      failure instanceof Error ? failure : json(500, {}),
      json(201, { orderId: 'o-1' }),
    ]);
    const client = new PatientClient(api, hurried, new AbortController().signal);
    expect(await client.send(order)).toEqual({ status: 201, isSuccess: true, body: { orderId: 'o-1' } });
    expect(api.requests.map(({ headers }) => headers)).toEqual(
      Array.from({ length: 3 }, () => ({ 'idempotency-key': 'k-1' })),
    );
    expect([client.failures, client.surprises]).toEqual([2, []]);
  });

  it('counts refusals as surprises, but for those that are expected', async () => {
    const refusal = () => json(409, { code: 'order-status-step-forbidden', detail: 'It is shipped.' });
    const client = new PatientClient(
      new ScriptedApi([refusal(), refusal()]),
      hurried,
      new AbortController().signal,
    );
    expect((await client.send({ ...order, expected: [409] }))?.isSuccess).toBe(false);
    expect(client.surprises).toEqual([]);
    expect((await client.send(order))?.status).toBe(409);
    expect(client.surprises).toEqual([
      'POST /v1/orders was answered 409 order-status-step-forbidden: It is shipped.',
    ]);
  });

  it('ends without an answer when it is stopped', async () => {
    const stop = new AbortController();
    const clock: Clock = { ...systemClock, sleep: async () => stop.abort() };
    const client = new PatientClient(new ScriptedApi([]), clock, stop.signal);
    expect(await client.send(order)).toBeUndefined();
  });
});

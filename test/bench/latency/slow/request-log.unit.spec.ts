import { RequestLog } from './request-log.js';

const webhookOf = (id: string) => `POST / HTTP/1.1\r\nTraceparent: 00-${id}-0123456789abcdef-01\r\nhost: x`;

describe('the log of requests', () => {
  it('has the times of each by its id', () => {
    const log = new RequestLog();
    const [created, changed] = [log.sent('POST'), log.sent('PATCH')];
    log.arrived(webhookOf(changed));
    log.acknowledged(changed);
    const [first, second] = log.requests;
    expect(first).toEqual({ id: created, method: 'POST', sentAt: expect.any(Number) });
    expect(second).toMatchObject({ id: changed, method: 'PATCH' });
    expect(second?.arrivedAt).toBeGreaterThanOrEqual(second?.sentAt ?? Infinity);
    expect(second?.acknowledgedAt).toBeGreaterThanOrEqual(second?.arrivedAt ?? Infinity);
  });

  it('keeps the first arrival', () => {
    const log = new RequestLog();
    const id = log.sent('POST');
    log.arrived(webhookOf(id));
    const [first] = log.requests.map(({ arrivedAt }) => arrivedAt);
    log.arrived(webhookOf(id));
    expect(log.requests[0]?.arrivedAt).toBe(first);
  });

  it('takes no notice of webhooks of others', () => {
    const log = new RequestLog();
    log.sent('POST');
    log.arrived(webhookOf('0'.repeat(32)));
    log.arrived('POST / HTTP/1.1\r\nhost: x');
    expect(log.requests[0]?.arrivedAt).toBeUndefined();
  });
});

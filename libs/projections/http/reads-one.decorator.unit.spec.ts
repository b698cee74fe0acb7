import type { ExecutionContext } from '@nestjs/common';
import { lastValueFrom, of } from 'rxjs';
import { ORDER_AGGREGATE } from '#libs/orders';
import { PAYMENT_AGGREGATE } from '#libs/payments';
import { type FoundOne, foundOne, OneDocumentInterceptor } from './reads-one.decorator.js';

describe('the answer of a query for one instance', () => {
  let headers: Record<string, string>;
  beforeEach(() => {
    headers = {};
  });

  const answer = (aggregate: typeof ORDER_AGGREGATE | typeof PAYMENT_AGGREGATE, one?: FoundOne<unknown>) => {
    const http = {
      getRequest: () => ({ params: { orderId: 'o-1' } }),
      getResponse: () => ({ header: (name: string, value: string) => (headers[name] = value) }),
    };
    const context = { switchToHttp: () => http } as unknown as ExecutionContext;
    const handler = { handle: () => of(one) };
    return lastValueFrom(new OneDocumentInterceptor(aggregate).intercept(context, handler));
  };

  it('is its document, with the version as ETag', async () => {
    const stream = { tenant: 'acme', version: 3, createdAt: '', updatedAt: '', state: { total: 5 } };
    expect(
      await answer(
        ORDER_AGGREGATE,
        foundOne(stream, ({ state }) => state),
      ),
    ).toEqual({ total: 5 });
    expect(headers).toEqual({ etag: '"3"' });
    expect(await answer(PAYMENT_AGGREGATE, { version: 0, document: { total: 6 } })).toEqual({ total: 6 });
    expect(headers).toEqual({ etag: '"0"' });
    expect(foundOne(undefined, () => 'a document')).toBeUndefined();
  });

  it('is a problem of the aggregate where there is none, and has no ETag', async () => {
    const detail = 'There is no order o-1.';
    await expect(answer(ORDER_AGGREGATE)).rejects.toMatchObject({ code: 'order-not-found', message: detail });
    await expect(answer(PAYMENT_AGGREGATE)).rejects.toMatchObject({
      code: 'payment-not-found',
      message: detail,
      status: 404,
    });
    expect(headers).toEqual({});
  });
});

import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { pageOf } from '#libs/contracts';
import { ORDER_AGGREGATE } from '#libs/orders';
import {
  PAYMENT_AGGREGATE,
  type PaymentDocument,
  paymentDocument,
  unbegunPaymentDocument,
} from '#libs/payments';
import {
  paymentDocumentSchema,
  type PaymentListQuery,
  paymentListSchema,
  paymentPages,
} from '#libs/payments/http';
import { Caller, IdParameter, type Page, type Principal, RequiresScope } from '#libs/platform';
import { type FoundOne, foundOne, readModelOf, ReadsOne, ReadsYourWrites } from '#libs/projections/http';
import { StateTables } from '#libs/projections/postgres';

const PAYMENTS = readModelOf(PAYMENT_AGGREGATE);
const ORDERS = readModelOf(ORDER_AGGREGATE);

@ApiTags('Payments')
@Controller('v1/payments')
@RequiresScope('payments:read')
export class PaymentQueriesController {
  constructor(private readonly tables: StateTables) {}

  @Get()
  @ReadsYourWrites(PAYMENTS, pageOf(paymentDocumentSchema, 'PaymentPage'))
  @ApiOperation({
    operationId: 'listPayments',
    summary: 'List payments, newest first',
    description: 'Leaves out payments without an event, such as those that are pending from the start.',
  })
  async list(
    @Caller() { tenant }: Principal,
    @Query({ schema: paymentListSchema }) { limit, pageToken, status }: PaymentListQuery,
  ): Promise<Page<PaymentDocument>> {
    const found = await this.tables.findPage(PAYMENT_AGGREGATE, tenant, {
      limit,
      where: { status },
      after: paymentPages.decode(pageToken),
    });
    return paymentPages.page(found, paymentDocument, ({ orderId }, { createdAt }) => ({
      createdAt,
      key: orderId,
    }));
  }

  @Get(':orderId')
  @IdParameter('orderId')
  @ReadsOne(PAYMENT_AGGREGATE, paymentDocumentSchema, [PAYMENTS, ORDERS])
  @ApiOperation({
    operationId: 'getPayment',
    summary: 'Read the payment of an order',
    description:
      'Without an event, it is `pending`; for an order with nothing to pay, `captured` with amount 0, or `voided` once ' +
      'the order is cancelled.',
  })
  async read(
    @Caller() { tenant }: Principal,
    @Param('orderId') orderId: string,
  ): Promise<FoundOne<PaymentDocument> | undefined> {
    const payment = await this.tables.findOne(PAYMENT_AGGREGATE, tenant, orderId);
    if (payment) return foundOne(payment, paymentDocument);
    const order = await this.tables.findOne(ORDER_AGGREGATE, tenant, orderId);
    if (!order) return undefined;
    const { customer, currency, total, status, fulfilment } = order.state;
    const facts = { orderId: orderId.toLowerCase(), customerId: customer.id, currency, total };
    const document = unbegunPaymentDocument(facts, {
      isCancelled: status === 'cancelled',
      hasProcess: fulfilment === true,
    });
    return { version: document.version, document };
  }
}

import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { pageOf } from '#libs/contracts';
import { isUuid } from '#libs/kernel';
import { ORDER_AGGREGATE } from '#libs/orders';
import {
  PAYMENT_AGGREGATE,
  type PaymentDocument,
  paymentDocument,
  pendingPaymentDocument,
} from '#libs/payments';
import {
  paymentDocumentSchema,
  type PaymentListQuery,
  paymentListSchema,
  paymentPages,
} from '#libs/payments/http';
import {
  type ApiKeyOwner,
  Caller,
  etagHeader,
  IdParameter,
  type Page,
  ProblemException,
} from '#libs/platform';
import { ReadsYourWrites } from '#libs/projections/http';
import { StateTables } from '#libs/projections/postgres';

const PAYMENTS = { projection: PAYMENT_AGGREGATE.table.projection, topics: [PAYMENT_AGGREGATE.topic] };
const ORDERS = { projection: ORDER_AGGREGATE.table.projection, topics: [ORDER_AGGREGATE.topic] };

@ApiTags('Payments')
@Controller('v1/payments')
export class PaymentQueriesController {
  constructor(private readonly tables: StateTables) {}

  @Get()
  @ReadsYourWrites(PAYMENTS, pageOf(paymentDocumentSchema, 'PaymentPage'))
  @ApiOperation({
    operationId: 'listPayments',
    summary: 'List payments, newest first',
    description: 'Leaves out orders whose payment has not begun.',
  })
  async list(
    @Caller() { tenant }: ApiKeyOwner,
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
  @ReadsYourWrites([PAYMENTS, ORDERS], paymentDocumentSchema, etagHeader)
  @ApiOperation({ operationId: 'getPayment', summary: 'Read the payment of an order' })
  async read(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('orderId') orderId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PaymentDocument> {
    const payment = isUuid(orderId) ? await this.#find(tenant, orderId) : undefined;
    if (!payment) throw new ProblemException('payment-not-found', `There is no order ${orderId}.`);
    void reply.header('etag', `"${payment.version}"`);
    return payment;
  }

  async #find(tenant: string, orderId: string): Promise<PaymentDocument | undefined> {
    const payment = await this.tables.findOne(PAYMENT_AGGREGATE, tenant, orderId);
    if (payment) return paymentDocument(payment);
    const order = await this.tables.findOne(ORDER_AGGREGATE, tenant, orderId);
    if (!order) return undefined;
    const { customer, currency, total, status, fulfilment } = order.state;
    const pending = pendingPaymentDocument({
      orderId: orderId.toLowerCase(),
      customerId: customer.id,
      currency,
      total,
    });
    // Where a process takes the payment, it also closes it.
    const hasProcess = fulfilment === true && total > 0;
    return status === 'cancelled' && !hasProcess ? { ...pending, status: 'voided' } : pending;
  }
}

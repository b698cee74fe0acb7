import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  AnswersCommand,
  commandProblem,
  type CommandOrigin,
  commandRequest,
  Commands,
  createdId,
  Origin,
  sendAccepted,
  sourceOf,
} from '#libs/commands';
import type { AcceptedCommand } from '#libs/event-store/core';
import { isUuid } from '#libs/kernel';
import { ORDER_AGGREGATE } from '#libs/orders';
import { PaymentTasks } from '#libs/payment-gateways/tasks';
import {
  PAYMENT_AGGREGATE,
  type PaymentCommand,
  type PaymentDocument,
  paymentDocument,
  type PaymentState,
} from '#libs/payments';
import {
  paymentDocumentSchema,
  type RefundPaymentBody,
  refundPaymentSchema,
  type ReviewPaymentBody,
  reviewPaymentSchema,
} from '#libs/payments/http';
import { gatewayProblem } from './gateway-problem.js';
import {
  Audited,
  IdParameter,
  notFoundProblem,
  type ProblemCode,
  ProblemException,
  RequiresScope,
} from '#libs/platform';

@ApiTags('Payments')
@Controller('v1/payments/:orderId')
@RequiresScope('payments:write')
export class PaymentsController {
  constructor(
    private readonly commands: Commands,
    private readonly tasks: PaymentTasks,
  ) {}

  @Post('review')
  @Audited('payment.reviewed')
  @IdParameter('orderId')
  @ApiOperation({
    operationId: 'reviewPayment',
    summary: 'Approve or reject a payment that is in review',
    description: 'An approved payment goes on; the order of a rejected one is cancelled.',
  })
  @AnswersCommand(200, paymentDocumentSchema)
  review(
    @Origin() origin: CommandOrigin,
    @Param('orderId') givenId: string,
    @Body({ schema: reviewPaymentSchema }) { decision, reason }: ReviewPaymentBody,
  ): Promise<PaymentDocument> {
    const orderId = orderIdOf(givenId);
    const command: PaymentCommand = { type: 'review-payment', orderId, decision, reason: reason ?? null };
    return this.#answered(origin, orderId, 'payment-not-in-review', () =>
      this.commands.execute(PAYMENT_AGGREGATE, commandRequest(origin, orderId, command)),
    );
  }

  @Post('refunds')
  @Audited('payment.refunded')
  @IdParameter('orderId')
  @ApiOperation({
    operationId: 'refundPayment',
    summary: 'Refund a captured payment, in whole or in part',
    description:
      'Answers once the payment gateway has made the refund. Send an Idempotency-Key: a retry after a 503 without ' +
      'one would be another refund. After `outcome-unknown`, the server looks the refund up and records it if it was made.',
  })
  @AnswersCommand(201, paymentDocumentSchema)
  refund(
    @Origin() origin: CommandOrigin,
    @Param('orderId') givenId: string,
    @Body({ schema: refundPaymentSchema }) body: RefundPaymentBody,
  ): Promise<PaymentDocument> {
    const orderId = orderIdOf(givenId);
    const { amount = null, reason = null } = body;
    const refundId = createdId(sourceOf(origin), `payments/${orderId}/refunds`);
    const check = { type: 'check-refund', orderId, refundId, amount } as const;
    const asked = { asked: { type: 'refund', orderId, amount, reason } };
    return this.#answered(origin, orderId, 'refund-exceeds-captured', () =>
      this.tasks.refund(commandRequest(origin, orderId, check, asked), reason),
    );
  }

  /** @param codeIfPending the problem of an order whose payment has no event yet */
  async #answered(
    origin: CommandOrigin,
    orderId: string,
    codeIfPending: ProblemCode,
    execute: () => Promise<AcceptedCommand<PaymentState>>,
  ): Promise<PaymentDocument> {
    try {
      const accepted = await execute();
      sendAccepted(origin, accepted);
      return paymentDocument(accepted.stream);
    } catch (error) {
      const isMissing = error instanceof ProblemException && error.code === 'payment-not-found';
      if (isMissing && (await this.#isOrder(orderId, origin.caller.tenant)))
        throw new ProblemException(codeIfPending, `The payment of order ${orderId} has not begun.`);
      throw gatewayProblem(error);
    }
  }

  async #isOrder(orderId: string, tenant: string): Promise<boolean> {
    try {
      return (await this.commands.look(ORDER_AGGREGATE, orderId, tenant)).version > 0;
    } catch (error) {
      throw commandProblem(error);
    }
  }
}

/** Ids are lower case in the log; clients may send either case. */
function orderIdOf(given: string): string {
  if (isUuid(given)) return given.toLowerCase();
  throw notFoundProblem(PAYMENT_AGGREGATE, given);
}

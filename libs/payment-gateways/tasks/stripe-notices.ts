import type { PaymentGateway } from '#libs/payments';
import type { StripeGateway } from '#libs/payment-gateways/stripe';
import type { PaymentTasks } from './payment-tasks.js';

export type NoticeOutcome = 'looked-up' | 'ignored' | 'badly-signed' | 'not-configured';

/**
 * What Stripe tells us about payments. A notice leads to a look at the payment and to events for what is new there, so one
 * that is sent again, by Stripe or by somebody who has recorded it, has no effect.
 */
export class StripeNotices {
  constructor(
    private readonly secret: string | undefined,
    private readonly gateway: PaymentGateway,
    private readonly tasks: Pick<PaymentTasks, 'reconcile'>,
  ) {}

  /** @throws what {@link PaymentTasks} throws; Stripe then sends the notice again */
  async take(body: Buffer, signature: string | undefined): Promise<NoticeOutcome> {
    if (this.secret === undefined || this.gateway.name !== 'stripe') return 'not-configured';
    const stripe = this.gateway as StripeGateway;
    const { stripeNotice, StripeSignatureError } = await import('#libs/payment-gateways/stripe');
    try {
      const notice = stripeNotice(body, signature, this.secret);
      const order = notice && (await stripe.orderOf(notice.paymentIntent));
      if (!order) return 'ignored';
      const { eventId } = notice;
      const commandId = `stripe ${eventId}`;
      const origin = { actor: 'stripe', correlationId: eventId, causationId: null, commandId };
      await this.tasks.reconcile({ tenant: order.tenant, ...origin }, order.orderId);
      return 'looked-up';
    } catch (error) {
      if (error instanceof StripeSignatureError) return 'badly-signed';
      throw error;
    }
  }
}

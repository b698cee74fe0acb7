import { Module } from '@nestjs/common';
import { Commands } from '#libs/commands';
import { SimulatedGatewayClient } from '#libs/payment-gateways/simulated';
import type { PaymentGateway } from '#libs/payments';
import { SETTINGS, type Settings, TRACING, type Tracing } from '#libs/platform';
import { PaymentTasks } from './payment-tasks.js';
import { StripeNotices } from './stripe-notices.js';

const PAYMENT_GATEWAY = Symbol('payment-gateway');

/** Payments at the gateway that the settings name. Needs the commanding module with the aggregate of payments. */
@Module({
  providers: [
    { provide: PAYMENT_GATEWAY, inject: [SETTINGS], useFactory: gatewayOf },
    {
      provide: PaymentTasks,
      inject: [Commands, PAYMENT_GATEWAY, TRACING],
      useFactory: (commands: Commands, gateway: PaymentGateway, tracing: Tracing) =>
        new PaymentTasks(commands, gateway, tracing),
    },
    {
      provide: StripeNotices,
      inject: [SETTINGS, PAYMENT_GATEWAY, PaymentTasks],
      useFactory: (settings: Settings, gateway: PaymentGateway, tasks: PaymentTasks) =>
        new StripeNotices(settings.payments.stripe.webhookSecret, gateway, tasks),
    },
  ],
  exports: [PaymentTasks, StripeNotices],
})
export class PaymentsModule {}

async function gatewayOf({ payments }: Settings): Promise<PaymentGateway> {
  const { stripe, gatewayUrl, gatewayTimeoutMs: timeoutMs } = payments;
  if (payments.gateway === 'simulated') return new SimulatedGatewayClient(gatewayUrl, timeoutMs);
  // Only then, because it is large.
  const { StripeGateway } = await import('#libs/payment-gateways/stripe');
  return new StripeGateway({ apiKey: stripe.apiKey ?? '', apiUrl: stripe.apiUrl, timeoutMs });
}

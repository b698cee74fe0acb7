import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Commands } from '#libs/commands';
import { SimulatedGatewayClient } from '#libs/payment-gateways/simulated';
import { SETTINGS, type Settings } from '#libs/platform';
import { PaymentTasks } from './payment-tasks.js';

/** Payments at the gateway that the settings name. Needs the commanding module with the aggregate of payments. */
@Module({
  providers: [
    {
      provide: SimulatedGatewayClient,
      inject: [SETTINGS],
      useFactory: ({ payments }: Settings) =>
        new SimulatedGatewayClient(payments.gatewayUrl, payments.gatewayTimeoutMs),
    },
    {
      provide: PaymentTasks,
      inject: [Commands, SimulatedGatewayClient],
      useFactory: (commands: Commands, gateway: SimulatedGatewayClient) =>
        new PaymentTasks(commands, gateway),
    },
  ],
  exports: [PaymentTasks],
})
export class PaymentsModule implements OnApplicationShutdown {
  constructor(@Inject(SimulatedGatewayClient) private readonly gateway: SimulatedGatewayClient) {}

  async onApplicationShutdown(): Promise<void> {
    await this.gateway.close();
  }
}

import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Commands, CommandingModule } from '#libs/commands';
import { KafkaModule } from '#libs/kafka';
import { newId } from '#libs/kernel';
import { PaymentsModule, PaymentTasks } from '#libs/payment-gateways/tasks';
import { PAYMENT_AGGREGATE } from '#libs/payments';
import { PostgresModule } from '#libs/postgres';
import { appRoot } from '#libs/platform';
import { testSettings } from '#libs/testing';
import { eventually } from './system.fixture.js';

/** Gives payment tasks as a process manager does, from a process of its own. */
export class PaymentDesk {
  private constructor(private readonly app: NestFastifyApplication) {}

  static async open(databaseUrl: string, more: Record<string, string> = {}): Promise<PaymentDesk> {
    const settings = testSettings({ DATABASE_URL: databaseUrl, LOG_LEVEL: 'error', ...more });
    const commanding = CommandingModule.register({}, [PAYMENT_AGGREGATE]);
    const modules = [PostgresModule, KafkaModule, commanding, PaymentsModule];
    const adapter = new FastifyAdapter();
    const app: NestFastifyApplication = await NestFactory.create(appRoot(settings, modules), adapter, {
      logger: false,
    });
    await app.listen(0, '127.0.0.1');
    const desk = new PaymentDesk(app);
    await eventually(() => desk.commands.look(PAYMENT_AGGREGATE, newId(), 'nobody'));
    return desk;
  }

  get commands(): Commands {
    return this.app.get(Commands);
  }

  get tasks(): PaymentTasks {
    return this.app.get(PaymentTasks);
  }

  /** A task for an order of 1,900 cents, as `someOrder` makes them. */
  task(tenant: string, orderId: string, token: string | null = null) {
    const commandId = `test ${newId()}`;
    const cause = { tenant, actor: 'test', correlationId: newId(), causationId: null, commandId };
    return { cause, orderId, customerId: 'c-1', currency: 'EUR', total: 1_900, token, country: null };
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

import { Module } from '@nestjs/common';
import { CartCheckout } from '#libs/checkout';
import { Commands } from '#libs/commands';
import { MailModule, SendMailTask } from '#libs/mail';
import { PaymentsModule, PaymentTasks } from '#libs/payment-gateways/tasks';
import { PersonalData } from '#libs/personal-data/sealing';
import { SETTINGS, type Settings } from '#libs/platform';
import { PrismaService } from '#libs/postgres';
import type { ProcessTargets } from '#libs/processes/runner';
import { cartsTarget } from './carts.target.js';
import { mailTarget } from './mail.target.js';
import { ordersTarget } from './orders.target.js';
import { paymentsTarget } from './payments.target.js';
import { screeningTarget } from './screening.target.js';
import { stockTarget } from './stock.target.js';

/** Injection token of those who carry out the commands of the fulfilment. */
export const FULFILMENT_TARGETS = Symbol('fulfilment-targets');

const makeTargets = (
  { fulfilment }: Settings,
  commands: Commands,
  prisma: PrismaService,
  payments: PaymentTasks,
  mails: SendMailTask,
  personalData: PersonalData,
): ProcessTargets => ({
  orders: ordersTarget(commands),
  stock: stockTarget(commands),
  screening: screeningTarget(commands, prisma, fulfilment.fraudRules, personalData),
  payments: paymentsTarget(commands, payments),
  carts: cartsTarget(new CartCheckout(commands, fulfilment.enabled)),
  mail: mailTarget(mails),
});

@Module({
  imports: [MailModule, PaymentsModule],
  providers: [
    {
      provide: FULFILMENT_TARGETS,
      inject: [SETTINGS, Commands, PrismaService, PaymentTasks, SendMailTask, PersonalData],
      useFactory: makeTargets,
    },
  ],
  exports: [FULFILMENT_TARGETS],
})
export class FulfilmentTargetsModule {}

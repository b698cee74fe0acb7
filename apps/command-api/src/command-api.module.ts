import { Module } from '@nestjs/common';
import { PaymentsModule } from '#libs/payment-gateways/tasks';
import * as controllers from './controllers.js';

/** HTTP endpoints that send commands. */
@Module({ imports: [PaymentsModule], controllers: Object.values(controllers) })
export class CommandApiModule {}

import 'reflect-metadata';
import { Body, Controller, Module, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { newId } from '#libs/kernel';
import { PostgresModule } from '#libs/postgres';
import { Caller, type Principal, RequiresScope, runApp } from '#libs/platform';
import { type CreateOrderBody, createOrderSchema } from '#libs/orders/http';
import { orderAnswer } from './order-answer.js';

/**
 * The ceiling of any endpoint on this platform: an order is authenticated, validated and answered, and nothing is
 * decided or kept.
 */
@Controller('v1/orders')
@RequiresScope('orders:write')
class TrivialOrdersController {
  @Post()
  create(
    @Caller() _caller: Principal,
    @Body({ schema: createOrderSchema }) body: CreateOrderBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const total = body.items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
    return orderAnswer(reply, { orderId: newId(), ...body, total }, 0);
  }
}

@Module({ controllers: [TrivialOrdersController] })
class TrivialModule {}

await runApp({ name: 'Trivial', modules: [PostgresModule, TrivialModule] });

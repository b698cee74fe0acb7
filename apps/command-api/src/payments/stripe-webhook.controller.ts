import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { StripeNotices } from '#libs/payment-gateways/tasks';
import { ApiProblems, ProblemException, TakesSignedBody } from '#libs/platform';
import { gatewayProblem } from './gateway-problem.js';

@ApiTags('Payments')
@Controller('v1/payment-gateways/stripe')
export class StripeWebhookController {
  constructor(private readonly notices: StripeNotices) {}

  @Post('webhook')
  @HttpCode(204)
  @TakesSignedBody()
  @ApiOperation({
    operationId: 'receiveStripeEvent',
    summary: 'Receive an event from Stripe',
    description: 'For Stripe alone: the payment is looked up at Stripe, and what is new there is recorded.',
  })
  @ApiHeader({
    name: 'Stripe-Signature',
    required: true,
    schema: { type: 'string', pattern: String.raw`^t=\d+(?:,v\d=[\da-f]+)+$` },
  })
  @ApiResponse({ status: 204, description: 'Done, or not about a payment of ours.' })
  @ApiProblems(401, 404)
  async receive(@Req() { body, headers }: FastifyRequest): Promise<void> {
    const signature = headers['stripe-signature'];
    const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    const taken = this.notices.take(bytes, typeof signature === 'string' ? signature : undefined);
    const outcome = await taken.catch((error: unknown) => {
      throw gatewayProblem(error);
    });
    if (outcome === 'badly-signed')
      throw new ProblemException('unauthorized', 'Stripe-Signature is missing, wrong or too old.');
    if (outcome === 'not-configured')
      throw new ProblemException(
        'not-found',
        'Payments do not go to Stripe, or STRIPE_WEBHOOK_SECRET is not set.',
      );
  }
}

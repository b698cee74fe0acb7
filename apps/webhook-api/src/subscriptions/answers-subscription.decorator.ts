import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import { applyDecorators } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AnswersCommand } from '#libs/commands';
import { readModelOf, ReadsYourWrites } from '#libs/projections/http';
import { subscriptionSchema } from '#libs/webhooks/http';
import type { z } from 'zod';

/** A command that answers with the resulting subscription. */
export const AnswersSubscription = (
  operationId: string,
  summary: string,
  description?: string,
): MethodDecorator =>
  applyDecorators(
    ApiOperation({ operationId, summary, ...(description && { description }) }),
    AnswersCommand(200, subscriptionSchema),
  );

export const ReadsSubscriptions = (answer: z.ZodType): MethodDecorator =>
  ReadsYourWrites(readModelOf(SUBSCRIPTION_AGGREGATE), answer);

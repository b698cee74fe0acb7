import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import { applyDecorators, HttpCode } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { ApiCommandHeaders, commandAnswerHeaders } from '#libs/commands';
import { ReadsYourWrites } from '#libs/projections/http';
import { subscriptionSchema } from './subscription-document.schemas.js';

/** A command that answers with the resulting subscription. */
export const AnswersSubscription = (
  operationId: string,
  summary: string,
  description?: string,
): MethodDecorator =>
  applyDecorators(
    HttpCode(200),
    ApiOperation({ operationId, summary, ...(description && { description }) }),
    ApiCommandHeaders(),
    ApiResponse({ status: 200, standardSchema: subscriptionSchema, headers: commandAnswerHeaders }),
  );

/** A query that waits for the positions in its request. */
export const ReadsSubscriptions = (): MethodDecorator =>
  ReadsYourWrites({
    projection: SUBSCRIPTION_AGGREGATE.table.projection,
    topics: [SUBSCRIPTION_AGGREGATE.topic],
  });

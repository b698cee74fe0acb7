import { z } from 'zod';
import { storableText } from '#libs/contracts';
import {
  inTimeOrder,
  integerParameter,
  PageTokens,
  pageEndTime,
  pagingParameters,
  timeParameter,
} from '#libs/platform';
import { ORDER_STATUSES } from '../order.js';

export const orderListSchema = z
  .strictObject({
    status: z.enum(ORDER_STATUSES).optional(),
    customerId: storableText(1, 200).optional(),
    createdFrom: timeParameter.optional().describe('At or after this time.'),
    createdTo: timeParameter.optional().describe('Before this time.'),
    ...pagingParameters,
  })
  .superRefine(inTimeOrder('createdFrom', 'createdTo'));

const MAX_VERSION = 2 ** 31 - 1;

/** Optionally asks for a past state of the order. */
export const orderReadSchema = z
  .strictObject({
    version: integerParameter(1, MAX_VERSION, 'The order as it was after this many events.').optional(),
    asOf: timeParameter.optional().describe('The order as it was at this time. Not together with `version`.'),
  })
  .refine(({ version, asOf }) => version === undefined || asOf === undefined, {
    path: ['asOf'],
    error: 'must not be sent together with version',
  });

export const timelineSchema = z.strictObject(pagingParameters);

/** Page tokens hold the place where the next page begins. */
export const orderPages = new PageTokens({ createdAt: pageEndTime, key: z.uuid() });
export const timelinePages = new PageTokens({ fromVersion: z.int().min(1).max(MAX_VERSION) });

export type OrderListQuery = z.output<typeof orderListSchema>;
export type OrderReadQuery = z.output<typeof orderReadSchema>;
export type TimelineQuery = z.output<typeof timelineSchema>;

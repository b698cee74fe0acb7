import { z } from 'zod';
import { storableText } from '#libs/contracts';
import { inTimeOrder, PageTokens, pageEndTime, pagingParameters, timeParameter } from '#libs/platform';
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
const WRONG_VERSION = `must be a whole number from 1 to ${MAX_VERSION}`;

/** Asks for a past state of an order, if at all. */
export const orderReadSchema = z
  .strictObject({
    version: z
      .string()
      .regex(/^\d{1,10}$/, WRONG_VERSION)
      .transform(Number)
      .refine((version) => version >= 1 && version <= MAX_VERSION, WRONG_VERSION)
      .optional()
      .meta({
        description: 'The order as it was after so many events.',
        type: 'integer',
        minimum: 1,
        maximum: MAX_VERSION,
        pattern: undefined,
      }),
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

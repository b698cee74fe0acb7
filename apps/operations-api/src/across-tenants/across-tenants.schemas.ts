import { z } from 'zod';
import { pageOf, storableText } from '#libs/contracts';
import { notificationDocumentSchema } from '#libs/notifications/http';
import { paymentDocumentSchema } from '#libs/payments/http';
import { integerParameter, pageEndTime, PageTokens, pagingParameters } from '#libs/platform';
import { processDocumentSchema } from '#libs/processes/http';
import { LIVE_PROCESS_STATES } from '#libs/projections/read-models';

const MAX_AGE_MS = 2 ** 52;
const tenant = storableText(1, 63).optional().describe('Only those of this tenant.');
const owner = { tenant: z.string() };

export const allProcessesQuerySchema = z.strictObject({
  state: z
    .enum(LIVE_PROCESS_STATES)
    .default('stuck')
    .describe('Those that are over are listed for one tenant only, by GET /v1/processes.'),
  olderThanMs: integerParameter(
    0,
    MAX_AGE_MS,
    'Only processes without any progress for longer than this.',
  ).optional(),
  tenant,
  ...pagingParameters,
});
export const allPaymentsQuerySchema = z.strictObject({
  status: z
    .literal('in-review')
    .default('in-review')
    .describe('Others are listed for one tenant only, by GET /v1/payments.'),
  tenant,
  ...pagingParameters,
});
export const allMailsQuerySchema = z.strictObject({
  status: z.enum(['sent', 'failed']).optional(),
  tenant,
  ...pagingParameters,
});

/** The same end for all of these lists. */
export const timeOrderPages = new PageTokens({ at: pageEndTime, key: z.uuid() });

export const tenantProcessSchema = processDocumentSchema
  .extend({ ...owner, ageMs: z.int().describe('Since its last progress.') })
  .meta({ id: 'TenantProcess' });
export const tenantPaymentSchema = paymentDocumentSchema
  .extend({ ...owner, ageMs: z.int().describe('Since it waits for a decision.') })
  .meta({ id: 'TenantPayment' });
export const tenantMailSchema = notificationDocumentSchema.extend(owner).meta({ id: 'TenantNotification' });

export const tenantProcessPageSchema = pageOf(tenantProcessSchema, 'TenantProcessPage');
export const tenantPaymentPageSchema = pageOf(tenantPaymentSchema, 'TenantPaymentPage');
export const tenantMailPageSchema = pageOf(tenantMailSchema, 'TenantNotificationPage');

export type AllProcessesQuery = z.output<typeof allProcessesQuerySchema>;
export type AllPaymentsQuery = z.output<typeof allPaymentsQuerySchema>;
export type AllMailsQuery = z.output<typeof allMailsQuerySchema>;
export type TenantProcess = z.infer<typeof tenantProcessSchema>;
export type TenantPayment = z.infer<typeof tenantPaymentSchema>;
export type TenantMail = z.infer<typeof tenantMailSchema>;

import { z } from 'zod';
import { EVENT_TOPICS, pageOf, storableText, timestampSchema } from '#libs/contracts';
import { formatInstant, type Instant } from '#libs/kernel';
import { DEAD_LETTER_KINDS, type DeadLetterFilter } from '#libs/operations/core';
import { inTimeOrder, pageEndTime, PageTokens, pagingParameters, timeParameter } from '#libs/platform';

const MAX_CAUSE = 200;
const filters = {
  tenant: storableText(1, 63).optional().describe('Of this tenant. Projections belong to none.'),
  subscriptionId: z.uuid().toLowerCase().optional().describe('Webhooks of this subscription.'),
  from: timeParameter.optional().describe('Dead since this time or later.'),
  to: timeParameter.optional().describe('Dead since this time or earlier.'),
};
const cause = storableText(1, MAX_CAUSE)
  .optional()
  .describe('A `cause` of this answer or of the groups, exactly.');
const kind = z.enum(DEAD_LETTER_KINDS);

export const deadLetterQuerySchema = z
  .strictObject({
    kind: kind.optional().describe('Default: all kinds.'),
    cause,
    ...filters,
    ...pagingParameters,
  })
  .superRefine(inTimeOrder('from', 'to'));

export const deadLetterGroupQuerySchema = z
  .strictObject({ kind: kind.optional().describe('Default: all kinds.'), ...filters })
  .superRefine(inTimeOrder('from', 'to'));

export const deadLetterReleaseSchema = z
  .strictObject({
    kind,
    cause,
    ...filters,
    dryRun: z.boolean().default(false).describe('Only count what the act would take.'),
  })
  .superRefine(inTimeOrder('from', 'to'))
  .meta({ id: 'DeadLetterChoice', example: { kind: 'webhook', cause: 'status 503', dryRun: true } });

const place = <Key extends z.ZodType>(key: Key) => z.strictObject({ at: pageEndTime, key }).optional();
const partitionNumber = z.string().regex(/^\d{1,9}$/);

/** The places of all kinds, because each goes on where its own list was left. */
export const deadLetterListPages = new PageTokens({
  webhook: place(z.tuple([z.uuid(), z.enum(EVENT_TOPICS), partitionNumber, storableText(0, 200)])),
  process: place(z.tuple([z.uuid()])),
  projection: place(z.tuple([storableText(1, 400)])),
  mail: place(z.tuple([z.uuid()])),
});

export const listedDeadLetterSchema = z
  .object({
    deadLetterId: z.string(),
    kind: z
      .enum(DEAD_LETTER_KINDS)
      .describe(
        '`webhook`: a delivery without attempts left. `process`: stuck. `projection`: stopped at an event. `mail`: refused for good.',
      ),
    tenant: z.string().optional().describe('Absent for a projection, which belongs to nobody.'),
    subject: z
      .string()
      .describe('The lane of a webhook, the id of a process or mail, the name of a projection.'),
    cause: z
      .string()
      .describe('The error without ids, numbers, times and addresses: equal for equal causes.'),
    error: z.string().describe('Of a mail, it is personal data: mail servers repeat addresses.'),
    since: timestampSchema,
    eventId: z.uuid().optional(),
    position: z.string().optional().describe('Of the event, as `<topic>/<partition>@<offset>`.'),
    subscriptionId: z.uuid().optional(),
    notificationId: z.uuid().optional().describe('Of the mail.'),
  })
  .meta({ id: 'DeadLetter' });

export const deadLetterPageSchema = pageOf(listedDeadLetterSchema, 'DeadLetterPage');

export const deadLetterGroupsSchema = z
  .object({
    items: z.array(
      z.object({
        kind: z.enum(DEAD_LETTER_KINDS),
        cause: z.string(),
        count: z.int(),
        countIsLowerBound: z
          .boolean()
          .optional()
          .describe('Only the newest 20,000 of a kind are counted, and there are more.'),
        tenants: z.int32().describe('How many tenants are concerned.'),
        oldest: timestampSchema,
        newest: timestampSchema,
      }),
    ),
  })
  .meta({ id: 'DeadLetterGroups' });

export const releasedDeadLettersSchema = z
  .object({
    matched: z.int().describe('How many there were.'),
    matchedIsLowerBound: z
      .boolean()
      .optional()
      .describe('There are more than the 100,000 that were looked at.'),
    released: z
      .int()
      .describe('How many were redriven or skipped. Fewer than matched: ask again until it is 0.'),
    dryRun: z.boolean(),
  })
  .meta({ id: 'ReleasedDeadLetters' });

export type DeadLetterQuery = z.output<typeof deadLetterQuerySchema>;
export type DeadLetterGroupQuery = z.output<typeof deadLetterGroupQuerySchema>;
export type DeadLetterReleaseBody = z.output<typeof deadLetterReleaseSchema>;
export type ListedDeadLetterDocument = z.infer<typeof listedDeadLetterSchema>;
export type DeadLetterGroupsDocument = z.infer<typeof deadLetterGroupsSchema>;
export type ReleasedDeadLettersDocument = z.infer<typeof releasedDeadLettersSchema>;

const textOf = (instant: Instant | undefined) => (instant === undefined ? undefined : formatInstant(instant));

export const filterOf = ({
  tenant,
  subscriptionId,
  from,
  to,
}: Pick<DeadLetterQuery, 'tenant' | 'subscriptionId' | 'from' | 'to'>): DeadLetterFilter => ({
  tenant,
  subscriptionId,
  from: textOf(from),
  to: textOf(to),
});

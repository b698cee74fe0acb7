import { z } from 'zod';
import { storableText, timestampSchema } from '#libs/contracts';
import { type Stream, withoutNulls } from '#libs/kernel';
import { inTimeOrder, PageTokens, pageEndTime, pagingParameters, timeParameter } from '#libs/platform';
import { type ActState, isRecordedAct } from '../core/act-decider.js';
import { ACT_OUTCOMES, ACTOR_KINDS, ACTS, MAX_ACT_TEXT } from '../core/acts.js';

export const actListSchema = z
  .strictObject({
    tenant: storableText(1, 63).optional().describe('Acts for this tenant.'),
    actor: storableText(1, MAX_ACT_TEXT)
      .optional()
      .describe('Acts of this `actor`, such as `root@host` for the command line.'),
    act: z.enum(ACTS).optional().describe('Acts of this name.'),
    from: timeParameter.optional().describe('Acts that began at this time or later.'),
    to: timeParameter.optional().describe('Acts that began before this time.'),
    ...pagingParameters,
  })
  .superRefine(inTimeOrder('from', 'to'));
export const actPages = new PageTokens({ at: pageEndTime, key: z.uuid() });

export const actDocumentSchema = z
  .object({
    actId: z.uuid(),
    act: z.enum(ACTS),
    actor: z
      .string()
      .describe('The id of an API key, the subject of an access token, or `user@host` for the command line.'),
    actorKind: z.enum(ACTOR_KINDS),
    tenant: z.string().optional().describe('The tenant that it was done for. Absent: the whole system.'),
    objectKind: z.string().optional().describe('What it was done to, such as `subscription`.'),
    objectId: z.string().optional(),
    route: z.string().describe('Method and pattern of the route, or the command of the command line.'),
    from: z.string().describe("The client's address; `user@host` for the command line."),
    requestId: z.string().optional(),
    outcome: z.enum(ACT_OUTCOMES).describe('`unknown`: nobody knows, such as after a crash.'),
    status: z.int32().optional().describe('HTTP status of the answer.'),
    at: timestampSchema.describe('When it began.'),
    recordedAt: timestampSchema.describe('When the topic got it.'),
  })
  .meta({ id: 'Act' });

export type ActListQuery = z.output<typeof actListSchema>;
export type ActDocument = z.infer<typeof actDocumentSchema>;

/** @throws for a stream without events */
export function actDocument({ state, createdAt }: Stream<ActState>): ActDocument {
  if (!isRecordedAct(state)) throw new Error('an act without events has no document');
  return { ...(withoutNulls({ ...state }) as Omit<ActDocument, 'recordedAt'>), recordedAt: createdAt };
}

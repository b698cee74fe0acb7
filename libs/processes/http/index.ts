import { z } from 'zod';
import { storableText, timestampSchema } from '#libs/contracts';
import { formatInstant, type Instant, type Stream } from '#libs/kernel';
import { integerParameter, PageTokens, pageEndTime, pagingParameters } from '#libs/platform';
import { exists, PROCESS_STATES, type Process, stateOf } from '../core/index.js';

const MAX_AGE_MS = 2 ** 52;

export const processListSchema = z.strictObject({
  state: z.enum(PROCESS_STATES).optional(),
  olderThanMs: integerParameter(
    0,
    MAX_AGE_MS,
    'Only processes without any progress for longer than this.',
  ).optional(),
  ...pagingParameters,
});
export const processPages = new PageTokens({ createdAt: pageEndTime, key: z.uuid() });

export const cancelProcessSchema = z
  .strictObject({ reason: storableText(1, 1_000).optional() })
  .meta({ id: 'CancelProcess', example: { reason: 'The customer called.' } });

export const processDocumentSchema = z
  .object({
    processId: z.uuid().describe('For an order, the id of the order.'),
    process: z.string().describe('Its kind, such as `order-fulfilment`.'),
    state: z
      .enum(PROCESS_STATES)
      .describe(
        '`running`: a command has no answer yet. `waiting`: for an event or a timer. `stuck`: makes no progress, see `lastError`; it ' +
          'is tried again. `completed`. `compensated`: all that was done is undone.',
      ),
    version: z.int().min(1).describe('Number of events of the process so far; also its ETag.'),
    subject: z.string().describe('What it carries: the id of the order or cart.'),
    startedAt: timestampSchema,
    updatedAt: timestampSchema,
    steps: z
      .array(
        z.object({
          at: timestampSchema,
          trigger: z
            .string()
            .describe('What came in: an event, an answered command, a timer, a wish of an operator.'),
          sent: z.array(z.string()).describe('The commands that went out.'),
          error: z.string().optional(),
        }),
      )
      .describe('The newest 100 steps, oldest first.'),
    open: z.array(z.string()).describe('The commands without an answer.'),
    timers: z.array(z.object({ name: z.string(), dueAt: timestampSchema })),
    lastError: z.string().optional().describe('Why it is stuck.'),
  })
  .meta({ id: 'Process' });

export type ProcessListQuery = z.output<typeof processListSchema>;
export type CancelProcessBody = z.infer<typeof cancelProcessSchema>;
export type ProcessDocument = z.infer<typeof processDocumentSchema>;

/** @throws for a stream without events */
export function processDocument({ state, version, createdAt, updatedAt }: Stream<Process>): ProcessDocument {
  if (!exists(state)) throw new Error('a process without events has no document');
  return {
    processId: state.processId,
    process: state.process,
    state: stateOf(state),
    version,
    subject: state.subject,
    startedAt: createdAt,
    updatedAt,
    steps: state.steps.map(({ sent, ...step }) => ({ ...step, sent: [...sent] })),
    open: Object.values(state.open).map(({ key }) => key),
    timers: Object.entries(state.timers).map(([name, dueAt]) => ({
      name,
      dueAt: formatInstant(dueAt as Instant),
    })),
    ...(state.error !== null && { lastError: state.error }),
  };
}

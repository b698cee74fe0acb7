import { z } from 'zod';

export const livenessSchema = z.object({ status: z.string() }).meta({ id: 'Liveness' });

const partSchema = z
  .object({
    status: z.enum(['up', 'down']),
    code: z
      .enum(['no-answer', 'failed', 'notices'])
      .optional()
      .describe('Why it is not ready, or that a person should look.'),
    message: z.string().optional().describe('With an API key: the reason.'),
    notices: z.array(z.string()).optional().describe('With an API key: what a person should know.'),
  })
  .meta({ id: 'HealthPart' });

const parts = z.record(z.string(), partSchema);

/** As Terminus makes it. */
export const readinessSchema = z
  .object({
    status: z.enum(['ok', 'error', 'shutting_down']),
    info: parts.optional().describe('The parts that are ready.'),
    error: parts.optional().describe('The parts that are not.'),
    details: parts.describe('All of them.'),
  })
  .meta({ id: 'Readiness' });

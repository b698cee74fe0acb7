import { z } from 'zod';
import { timestampSchema } from '#libs/contracts';

const seconds = (min: number, max: number) => z.int().min(min).max(max);

export const createPortalLinkSchema = z
  .strictObject({
    subscriptionId: z
      .uuid()
      .optional()
      .describe("The only subscription that the portal shows. Default: all of the tenant's."),
    expiresInSeconds: seconds(60, 86_400).default(900).describe('How long the link can be opened, once.'),
    sessionSeconds: seconds(60, 43_200)
      .default(3_600)
      .describe('How long the session lasts that the link begins.'),
  })
  .meta({ id: 'CreatePortalLink' });
export type CreatePortalLink = z.output<typeof createPortalLinkSchema>;

export const portalLinkSchema = z
  .object({
    url: z
      .url()
      .describe('Opens the portal once. Whoever has it gets in, so send it to nobody but the subscriber.'),
    expiresAt: timestampSchema.describe('Until when it can be opened.'),
  })
  .meta({ id: 'PortalLink' });
export type PortalLink = z.output<typeof portalLinkSchema>;

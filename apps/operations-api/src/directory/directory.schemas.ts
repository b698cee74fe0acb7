import { z } from 'zod';
import { storableText, timestampSchema } from '#libs/contracts';
import { type OwnedPartition, SEARCH_KINDS, type SearchHit } from '#libs/directory/postgres';
import { formatInstant, formatPosition, type Instant } from '#libs/kernel';
import { isTenantName, PageTokens, pageEndTime, pagingParameters, SCOPES, scopeSetOf } from '#libs/platform';
import type { ListedApiKey } from '#libs/postgres';

export const searchQuerySchema = z.strictObject({
  q: storableText(1, 200).describe(
    'An id, or at least eight digits of its beginning; a position; a tenant, sku or cart, or its beginning; a customer’s id.',
  ),
});

export const searchResultSchema = z
  .object({
    items: z.array(
      z.object({
        kind: z.enum(SEARCH_KINDS),
        id: z.string(),
        tenant: z.string().optional().describe('Absent for what belongs to no tenant.'),
        label: z.string(),
      }),
    ),
    isPartial: z
      .boolean()
      .describe('There are more than 1,000 tenants: not all were searched for customers, skus and carts.'),
  })
  .meta({ id: 'SearchResult' });

export const tenantListSchema = z.strictObject(pagingParameters);
export const tenantPages = new PageTokens({ tenant: z.string().refine(isTenantName) });

export const knownTenantSchema = z
  .object({
    tenant: z.string(),
    validKeys: z.int().min(0).describe('API keys that are neither revoked nor expired.'),
    hasOwnLimits: z.boolean(),
  })
  .meta({ id: 'Tenant' });

export const keyListSchema = z.strictObject({
  tenant: storableText(1, 63).optional().describe('Keys of this tenant.'),
  ...pagingParameters,
});
export const keyPages = new PageTokens({ createdAt: pageEndTime, key: z.uuid() });

const KEY_STATES = ['valid', 'replaced', 'expired', 'revoked'] as const;

export const keySchema = z
  .object({
    keyId: z.uuid(),
    tenant: z.string(),
    name: z.string(),
    state: z
      .enum(KEY_STATES)
      .describe('`replaced`: a rotation made another in its place; it is valid until it expires.'),
    scopes: z.array(z.enum(SCOPES)),
    createdAt: timestampSchema,
    expiresAt: timestampSchema.optional(),
    lastUsedAt: timestampSchema.optional().describe('Exact to a minute.'),
    revokedAt: timestampSchema.optional(),
    replacedBy: z.uuid().optional(),
  })
  .meta({ id: 'ApiKey' });

export const partitionListSchema = z.strictObject(pagingParameters);
export const partitionPages = new PageTokens({ topic: storableText(1, 249), partition: z.int32().min(0) });

export const ownedPartitionSchema = z
  .object({
    topic: z.string(),
    partition: z.int().min(0),
    writer: z
      .object({
        address: z.string().describe('Where other processes forward commands to.'),
        claim: z.string().describe('The position of its claim in the log: a later owner has a later one.'),
      })
      .optional()
      .describe('The process that takes the commands. Absent until one has claimed the partition.'),
    dispatcher: z
      .object({
        owner: z.uuid().describe('The same for all partitions of one process.'),
        scannedOffset: z.int().min(0).describe('How far events were matched against subscriptions.'),
      })
      .optional()
      .describe('The process that delivers webhooks.'),
  })
  .meta({ id: 'PartitionOwner' });

export type SearchQuery = z.output<typeof searchQuerySchema>;
export type SearchResultDocument = z.output<typeof searchResultSchema>;
export type TenantListQuery = z.output<typeof tenantListSchema>;
export type KnownTenantDocument = z.output<typeof knownTenantSchema>;
export type KeyListQuery = z.output<typeof keyListSchema>;
export type KeyDocument = z.output<typeof keySchema>;
export type PartitionListQuery = z.output<typeof partitionListSchema>;
export type OwnedPartitionDocument = z.output<typeof ownedPartitionSchema>;

export const searchHitDocument = ({ tenant, ...hit }: SearchHit): SearchResultDocument['items'][number] => ({
  ...hit,
  ...(tenant !== null && { tenant }),
});

const timeOf = (date: Date): string => formatInstant(date.getTime() as Instant);

export function keyDocument(key: ListedApiKey, now: number): KeyDocument {
  const { keyId, tenant, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt, replacedBy } = key;
  return {
    keyId,
    tenant,
    name,
    state: stateOf(key, now),
    scopes: [...scopeSetOf(scopes)],
    createdAt: timeOf(createdAt),
    ...(expiresAt && { expiresAt: timeOf(expiresAt) }),
    ...(lastUsedAt && { lastUsedAt: timeOf(lastUsedAt) }),
    ...(revokedAt && { revokedAt: timeOf(revokedAt) }),
    ...(replacedBy !== null && { replacedBy }),
  };
}

function stateOf({ revokedAt, expiresAt, replacedBy }: ListedApiKey, now: number): KeyDocument['state'] {
  if (revokedAt) return 'revoked';
  if (expiresAt && expiresAt.getTime() <= now) return 'expired';
  return replacedBy === null ? 'valid' : 'replaced';
}

export function ownedPartitionDocument({
  topic,
  partition,
  url,
  claim,
  dispatcher,
  scannedOffset,
}: OwnedPartition): OwnedPartitionDocument {
  return {
    topic,
    partition,
    ...(url !== null &&
      claim !== null && {
        writer: { address: new URL(url).origin, claim: formatPosition({ topic, partition, offset: claim }) },
      }),
    ...(dispatcher !== null &&
      scannedOffset !== null && { dispatcher: { owner: dispatcher, scannedOffset } }),
  };
}

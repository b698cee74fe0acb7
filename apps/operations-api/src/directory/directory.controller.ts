import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { pageOf } from '#libs/contracts';
import { searchTermsOf } from '#libs/directory/core';
import {
  ApiKeyDirectory,
  PartitionDirectory,
  SearchRepository,
  TenantDirectory,
} from '#libs/directory/postgres';
import { systemClock } from '#libs/kernel';
import { type Page, RequiresScope } from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import {
  type KeyDocument,
  keyDocument,
  type KeyListQuery,
  keyListSchema,
  keyPages,
  keySchema,
  type KnownTenantDocument,
  knownTenantSchema,
  type OwnedPartitionDocument,
  ownedPartitionDocument,
  ownedPartitionSchema,
  type PartitionListQuery,
  partitionListSchema,
  partitionPages,
  searchHitDocument,
  type SearchQuery,
  searchQuerySchema,
  type SearchResultDocument,
  searchResultSchema,
  type TenantListQuery,
  tenantListSchema,
  tenantPages,
} from './directory.schemas.js';

/** Finds things of all tenants, and lists who there is. */
@ApiTags('Operations')
@TakesQueryTurn()
@Controller('v1/operations')
@RequiresScope('operator')
export class DirectoryController {
  constructor(
    private readonly things: SearchRepository,
    private readonly tenantNames: TenantDirectory,
    private readonly apiKeys: ApiKeyDirectory,
    private readonly owners: PartitionDirectory,
  ) {}

  @Get('search')
  @ApiOperation({
    operationId: 'search',
    summary: 'Find orders, events, processes, subscriptions and others of all tenants',
    description: 'At most five of each kind.',
  })
  @ApiResponse({ status: 200, standardSchema: searchResultSchema })
  async search(@Query({ schema: searchQuerySchema }) { q }: SearchQuery): Promise<SearchResultDocument> {
    const { items, isPartial } = await this.things.find(searchTermsOf(q));
    return { items: items.map(searchHitDocument), isPartial };
  }

  @Get('tenants')
  @ApiOperation({
    operationId: 'listTenants',
    summary: 'List the tenants that have keys, limits, orders, subscriptions, stock or carts',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(knownTenantSchema, 'TenantPage') })
  async tenants(
    @Query({ schema: tenantListSchema }) { limit, pageToken }: TenantListQuery,
  ): Promise<Page<KnownTenantDocument>> {
    const found = await this.tenantNames.findPage(limit, tenantPages.decode(pageToken)?.tenant);
    return tenantPages.page(
      found,
      (tenant) => ({ ...tenant }),
      ({ tenant }) => ({ tenant }),
    );
  }

  @Get('keys')
  @ApiOperation({ operationId: 'listApiKeys', summary: 'List API keys without their secrets, newest first' })
  @ApiResponse({ status: 200, standardSchema: pageOf(keySchema, 'ApiKeyPage') })
  async keys(
    @Query({ schema: keyListSchema }) { limit, pageToken, tenant }: KeyListQuery,
  ): Promise<Page<KeyDocument>> {
    const found = await this.apiKeys.findPage({ limit, tenant, after: keyPages.decode(pageToken) });
    return keyPages.page(
      found,
      (key) => keyDocument(key, systemClock.now()),
      ({ keyId, createdAt }) => ({ createdAt, key: keyId }),
    );
  }

  @Get('partitions')
  @ApiOperation({
    operationId: 'listPartitions',
    summary: 'List which process takes the commands of a partition, and which delivers its webhooks',
  })
  @ApiResponse({ status: 200, standardSchema: pageOf(ownedPartitionSchema, 'PartitionPage') })
  async partitions(
    @Query({ schema: partitionListSchema }) { limit, pageToken }: PartitionListQuery,
  ): Promise<Page<OwnedPartitionDocument>> {
    const found = await this.owners.findPage(limit, partitionPages.decode(pageToken));
    return partitionPages.page(found, ownedPartitionDocument, ({ topic, partition }) => ({
      topic,
      partition,
    }));
  }
}

import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { pageOf } from '#libs/contracts';
import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { clampToInstant, systemClock } from '#libs/kernel';
import { Caller, IdParameter, type Page, type Principal, RequiresScope } from '#libs/platform';
import {
  type ProcessDocument,
  processDocument,
  processDocumentSchema,
  type ProcessListQuery,
  processListSchema,
  processPages,
} from '#libs/processes/http';
import { type FoundOne, foundOne, readModelOf, ReadsOne, ReadsYourWrites } from '#libs/projections/http';
import { StateTables } from '#libs/projections/postgres';

@ApiTags('Processes')
@Controller('v1/processes')
@RequiresScope('orders:read')
export class ProcessQueriesController {
  constructor(private readonly tables: StateTables) {}

  @Get()
  @ReadsYourWrites(readModelOf(PROCESS_AGGREGATE), pageOf(processDocumentSchema, 'ProcessPage'))
  @ApiOperation({ operationId: 'listProcesses', summary: 'List processes, newest first' })
  async list(
    @Caller() { tenant }: Principal,
    @Query({ schema: processListSchema }) { limit, pageToken, state, olderThanMs }: ProcessListQuery,
  ): Promise<Page<ProcessDocument>> {
    const found = await this.tables.findPage(PROCESS_AGGREGATE, tenant, {
      limit,
      where: { status: state },
      after: processPages.decode(pageToken),
      updatedTo: olderThanMs === undefined ? undefined : clampToInstant(systemClock.now() - olderThanMs),
    });
    return processPages.page(found, processDocument, ({ startedAt, processId }) => ({
      createdAt: startedAt,
      key: processId,
    }));
  }

  @Get(':processId')
  @IdParameter('processId')
  @ReadsOne(PROCESS_AGGREGATE, processDocumentSchema)
  @ApiOperation({ operationId: 'getProcess', summary: 'Read the story of a process' })
  async read(
    @Caller() { tenant }: Principal,
    @Param('processId') processId: string,
  ): Promise<FoundOne<ProcessDocument> | undefined> {
    return foundOne(await this.tables.findOne(PROCESS_AGGREGATE, tenant, processId), processDocument);
  }
}

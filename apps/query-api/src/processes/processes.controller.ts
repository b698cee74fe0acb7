import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { pageOf } from '#libs/contracts';
import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { clampToInstant, isUuid, systemClock } from '#libs/kernel';
import {
  type ApiKeyOwner,
  Caller,
  etagHeader,
  IdParameter,
  type Page,
  ProblemException,
} from '#libs/platform';
import {
  type ProcessDocument,
  processDocument,
  processDocumentSchema,
  type ProcessListQuery,
  processListSchema,
  processPages,
} from '#libs/processes/http';
import { ReadsYourWrites } from '#libs/projections/http';
import { StateTables } from '#libs/projections/postgres';

const READS = { projection: PROCESS_AGGREGATE.table.projection, topics: [PROCESS_AGGREGATE.topic] };

@ApiTags('Processes')
@Controller('v1/processes')
export class ProcessQueriesController {
  constructor(private readonly tables: StateTables) {}

  @Get()
  @ReadsYourWrites(READS, pageOf(processDocumentSchema, 'ProcessPage'))
  @ApiOperation({ operationId: 'listProcesses', summary: 'List processes, newest first' })
  async list(
    @Caller() { tenant }: ApiKeyOwner,
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
  @ReadsYourWrites(READS, processDocumentSchema, etagHeader)
  @ApiOperation({ operationId: 'getProcess', summary: 'Read the story of a process' })
  async read(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('processId') processId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ProcessDocument> {
    const stream = isUuid(processId)
      ? await this.tables.findOne(PROCESS_AGGREGATE, tenant, processId)
      : undefined;
    if (!stream) throw new ProblemException('process-not-found', `There is no process ${processId}.`);
    void reply.header('etag', `"${stream.version}"`);
    return processDocument(stream);
  }
}

import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ACT_AGGREGATE } from '#libs/audit/core';
import {
  type ActDocument,
  actDocument,
  actDocumentSchema,
  type ActListQuery,
  actListSchema,
  actPages,
} from '#libs/audit/http';
import { pageOf } from '#libs/contracts';
import { IdParameter, type Page, RequiresScope } from '#libs/platform';
import { type FoundOne, foundOne, readModelOf, ReadsOne, ReadsYourWrites } from '#libs/projections/http';
import { AuditRepository } from '#libs/projections/read-models';

@ApiTags('Operations')
@Controller('v1/operations/audit')
@RequiresScope('operator')
export class AuditController {
  constructor(private readonly acts: AuditRepository) {}

  @Get()
  @ReadsYourWrites(readModelOf(ACT_AGGREGATE), pageOf(actDocumentSchema, 'ActPage'))
  @ApiOperation({
    operationId: 'listActs',
    summary: 'List who did what, newest first',
    description:
      'All acts of operators for tenants and under `/v1/operations/`, and administrative acts of anybody. An act is listed ' +
      'a moment after its answer.',
  })
  async list(
    @Query({ schema: actListSchema }) { pageToken, ...query }: ActListQuery,
  ): Promise<Page<ActDocument>> {
    const found = await this.acts.findPage({ ...query, after: actPages.decode(pageToken) });
    return actPages.page(found, actDocument, ({ at, actId }) => ({ at, key: actId }));
  }

  @Get(':actId')
  @IdParameter('actId')
  @ReadsOne(ACT_AGGREGATE, actDocumentSchema)
  @ApiOperation({ operationId: 'getAct', summary: 'Read who did what' })
  async read(@Param('actId') actId: string): Promise<FoundOne<ActDocument> | undefined> {
    return foundOne(await this.acts.findOne(actId), actDocument);
  }
}

import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { formatPosition } from '#libs/kernel';
import { ApiProblems, Audited, RequiresScope } from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import {
  type ProjectionDocument,
  projectionListSchema,
  type RebuildDocument,
  rebuildSchema,
  retriedSchema,
  type SkipBody,
  skippedSchema,
  skipSchema,
  type VerificationDocument,
  verificationSchema,
} from './projection.schemas.js';
import { rebuildDocument, verificationDocument } from './projection-documents.js';
import { Projections } from './projections.js';

const Named = (): MethodDecorator =>
  ApiParam({ name: 'projection', schema: { type: 'string', maxLength: 41 }, example: 'orders' });

@ApiTags('Operations')
@TakesQueryTurn()
@RequiresScope('operator')
@Controller('v1/operations/projections')
export class ProjectionsController {
  constructor(private readonly projections: Projections) {}

  @Get()
  @ApiOperation({
    operationId: 'listProjections',
    summary: 'Show where each projection stands, and why one has stopped',
  })
  @ApiResponse({ status: 200, standardSchema: projectionListSchema })
  async list(): Promise<{ items: ProjectionDocument[] }> {
    return { items: await this.projections.list() };
  }

  @Post(':projection/retry')
  @Named()
  @Audited('projection.retried')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'retryProjection',
    summary: 'Have a projection try the events again at which it has stopped',
    description: 'Projectors notice it within seconds.',
  })
  @ApiResponse({ status: 200, standardSchema: retriedSchema })
  @ApiProblems(404, 409)
  async retry(@Param('projection') name: string): Promise<{ partitions: number }> {
    return { partitions: await this.projections.retry(name) };
  }

  @Post(':projection/skip')
  @Named()
  @Audited('projection.skipped')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'skipProjectedEvent',
    summary: 'Have a projection leave out the event at which it has stopped, now and in every rebuild',
  })
  @ApiResponse({ status: 200, standardSchema: skippedSchema })
  @ApiProblems(404, 409)
  async skip(
    @Param('projection') name: string,
    @Body({ schema: skipSchema }) { position, reason }: SkipBody,
  ): Promise<{ position: string }> {
    await this.projections.skip(name, position, reason);
    return { position: formatPosition(position) };
  }

  @Post(':projection/rebuild')
  @Named()
  @Audited('read-model.rebuilt')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'rebuildProjection',
    summary: 'Rebuild a projection from the log beside the live one, verify it, and switch to it',
    description:
      'Goes on after the answer, in spare time; `listProjections` shows its progress. A process rebuilds or verifies one ' +
      'projection at a time. Stopped with its process, it continues where it was when it is started again.',
  })
  @ApiResponse({ status: 202, standardSchema: rebuildSchema })
  @ApiProblems(404, 409)
  async rebuild(@Param('projection') name: string): Promise<RebuildDocument> {
    return rebuildDocument(await this.projections.start('rebuild', name));
  }

  @Delete(':projection/rebuild')
  @Named()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'cancelProjectionRebuild',
    summary: 'Cancel a rebuild',
    description:
      'It ends within seconds, whatever process runs it, and leaves nothing. The live build stays.',
  })
  @ApiResponse({ status: 202, standardSchema: rebuildSchema })
  @ApiProblems(404, 409)
  async cancel(@Param('projection') name: string): Promise<RebuildDocument> {
    return rebuildDocument(await this.projections.cancelRebuild(name));
  }

  @Post(':projection/verify')
  @Named()
  @HttpCode(202)
  @ApiOperation({
    operationId: 'verifyProjection',
    summary: 'Compare a projection with the log, row by row, while projectors keep running',
    description: 'Goes on after the answer, in spare time.',
  })
  @ApiResponse({ status: 202, standardSchema: verificationSchema })
  @ApiProblems(404, 409)
  async verify(@Param('projection') name: string): Promise<VerificationDocument> {
    return verificationDocument(await this.projections.start('verification', name));
  }

  @Get(':projection/verification')
  @Named()
  @ApiOperation({
    operationId: 'getProjectionVerification',
    summary: 'Show what the last verification has found',
  })
  @ApiResponse({ status: 200, standardSchema: verificationSchema })
  @ApiProblems(404)
  async verification(@Param('projection') name: string): Promise<VerificationDocument> {
    return verificationDocument(await this.projections.job('verification', name));
  }
}

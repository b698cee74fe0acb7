import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { fromLog } from '#libs/event-streaming/http';
import {
  EventSchemas,
  type SchemaListDocument,
  schemaListSchema,
  type SchemaVersionDocument,
  type SchemaVersionParameters,
  schemaVersionParametersSchema,
  schemaVersionSchema,
} from '#libs/log-browser/http';
import { ApiProblems, ProblemException, RequiresScope } from '#libs/platform';

@ApiTags('Operations')
@Controller('v1/operations/schemas')
@RequiresScope('operator')
export class SchemasController {
  constructor(private readonly schemas: EventSchemas) {}

  @Get()
  @ApiOperation({
    operationId: 'listEventSchemas',
    summary: 'List the schemas of events with all their versions',
  })
  @ApiResponse({ status: 200, standardSchema: schemaListSchema })
  async list(): Promise<SchemaListDocument> {
    return fromLog(this.schemas.list());
  }

  @Get(':subject/versions/:version')
  @ApiOperation({
    operationId: 'getEventSchema',
    summary: 'Read a version of a schema, and how it differs from the one before',
  })
  @ApiResponse({ status: 200, standardSchema: schemaVersionSchema })
  @ApiProblems(404)
  async read(
    @Param({ schema: schemaVersionParametersSchema }) wanted: SchemaVersionParameters,
  ): Promise<SchemaVersionDocument> {
    const found = await fromLog(this.schemas.find(wanted));
    if (found) return found;
    throw new ProblemException('not-found', `There is no version ${wanted.version} of ${wanted.subject}.`);
  }
}

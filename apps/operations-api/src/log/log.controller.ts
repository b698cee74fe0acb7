import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { matchesEventType, TENANT_EVENT_TYPES } from '#libs/contracts';
import { EVENT_STREAM_HEADERS, EventStreams, fromLog, STREAM_TIMES } from '#libs/event-streaming/http';
import { onAbort, systemClock } from '#libs/kernel';
import {
  LiveTail,
  LogBrowser,
  type LogPageDocument,
  type LogPageQuery,
  logPageQuerySchema,
  logPageSchema,
  type LogPartitionParameters,
  logPartitionParametersSchema,
  type LogRecordDocument,
  type LogRecordParameters,
  logRecordParametersSchema,
  logRecordSchema,
  type LogStreamQuery,
  logStreamQuerySchema,
  type LogTopicsDocument,
  logTopicsSchema,
} from '#libs/log-browser/http';
import {
  ApiKeyAuthenticator,
  ApiProblems,
  Caller,
  hidesPersonalData,
  msUntilExpiry,
  type Principal,
  openedFor,
  RequiresScope,
  SEALED_TEXTS,
  type SealedTexts,
  shownTo,
} from '#libs/platform';

/** Shows the log to operators, of all tenants. */
@ApiTags('Operations')
@Controller('v1/operations/log')
@RequiresScope('operator')
export class LogController {
  constructor(
    private readonly browser: LogBrowser,
    private readonly streams: EventStreams,
    private readonly keys: ApiKeyAuthenticator,
    @Inject(SEALED_TEXTS) private readonly texts: SealedTexts,
  ) {}

  @Get('topics')
  @ApiOperation({ operationId: 'listLogTopics', summary: 'List the topics of the log with their partitions' })
  @ApiResponse({ status: 200, standardSchema: logTopicsSchema })
  async topics(): Promise<LogTopicsDocument> {
    return fromLog(this.browser.topics());
  }

  @Get('stream')
  @ApiOperation({
    operationId: 'streamLog',
    summary: 'Watch new events of all tenants (server-sent events)',
    description:
      '`data` is an event as in `/v1/events`; one of more than 256 KiB comes without its data, and with `download`. A client ' +
      'that is too slow misses events: an event named `dropped` then has their `count`. Nothing is sent again after a ' +
      'reconnect: the records are in the log.',
  })
  @ApiResponse({
    status: 200,
    description: 'Server-sent events.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  async stream(
    @Caller() caller: Principal,
    @Query({ schema: logStreamQuerySchema }) query: LogStreamQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // A stream has no end, and HEAD has no body.
    if (request.method === 'HEAD') return void reply.headers(EVENT_STREAM_HEADERS).send();
    const over = new AbortController();
    const end = () => over.abort();
    const tenant = caller.ownTenant ?? caller.tenant;
    const subscriptions = [this.keys.onChange(request, end), onAbort(this.streams.stop, end)];
    const close = () => subscriptions.splice(0).forEach((unsubscribe) => unsubscribe());
    const body = new LiveTail({
      ...STREAM_TIMES,
      clock: systemClock,
      tenant,
      spareTime: this.streams.spareTime,
      matches: matcherOf(query),
      show: shownTo(request),
      open: openedFor(this.texts, request),
      stop: over.signal,
      maxAgeMs: Math.min(STREAM_TIMES.maxAgeMs, msUntilExpiry(caller, systemClock.now())),
      onClose: close,
    });
    try {
      const watch = await this.streams.watch(tenant, (events) => body.offer(events), end);
      subscriptions.push(() => watch.close());
    } catch (error) {
      body.destroy();
      throw error;
    }
    if (reply.raw.destroyed) body.destroy();
    // It may have ended while it waited for the tail.
    if (body.destroyed) close();
    else void reply.headers(EVENT_STREAM_HEADERS).send(body);
  }

  @Get(':topic/:partition')
  @ApiOperation({
    operationId: 'readLog',
    summary: 'Read records of a partition, also those that are no readable events',
  })
  @ApiResponse({ status: 200, standardSchema: logPageSchema })
  @ApiProblems(404)
  async read(
    @Param({ schema: logPartitionParametersSchema }) at: LogPartitionParameters,
    @Query({ schema: logPageQuerySchema }) query: LogPageQuery,
    @Req() request: FastifyRequest,
  ): Promise<LogPageDocument> {
    const page = await fromLog(this.browser.page(at, query));
    return { ...page, items: page.items.map((record) => readableBy(request, record)) };
  }

  @Get(':topic/:partition/:offset')
  @ApiOperation({ operationId: 'downloadLogRecord', summary: 'Download a record of the log as a whole' })
  @ApiResponse({
    status: 200,
    standardSchema: logRecordSchema,
    headers: {
      'Content-Disposition': {
        description: 'A name for the file.',
        schema: { type: 'string', pattern: '^attachment; filename="[a-zA-Z0-9._-]+\\.json"$' },
      },
    },
  })
  @ApiProblems(404)
  async record(
    @Param({ schema: logRecordParametersSchema }) position: LogRecordParameters,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LogRecordDocument> {
    const document = await fromLog(this.browser.record(position));
    const { topic, partition, offset } = position;
    void reply.header('content-disposition', `attachment; filename="${topic}-${partition}-${offset}.json"`);
    return readableBy(request, document);
  }
}

/** Nobody knows what is in bytes that are no event. */
function readableBy(request: FastifyRequest, { raw, ...record }: LogRecordDocument): LogRecordDocument {
  return raw === undefined || hidesPersonalData(request) ? record : { ...record, raw };
}

/** Types are looked up once for the stream, not matched for each event. */
function matcherOf({ topics, eventTypes, tenant: only }: LogStreamQuery): LiveTailMatcher {
  const types = new Set(
    TENANT_EVENT_TYPES.filter((type) => eventTypes.some((pattern) => matchesEventType(pattern, type))),
  );
  return ({ type, position, metadata }) =>
    types.has(type) && topics.includes(position.topic) && (only === undefined || metadata.tenant === only);
}

type LiveTailMatcher = ConstructorParameters<typeof LiveTail>[0]['matches'];

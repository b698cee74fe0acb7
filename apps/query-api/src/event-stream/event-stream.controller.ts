import { onAbort, systemClock } from '#libs/kernel';
import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CURSOR, MAX_CURSOR_LENGTH, poll } from '#libs/event-streaming/core';
import { type ApiKeyOwner, ApiProblems, Caller } from '#libs/platform';
import { eventDocument } from '#libs/contracts';
import {
  eventsSent,
  EventStreams,
  obstacleProblem,
  orUnavailable,
  type PolledEvents,
  polledEventsSchema,
  type PollQuery,
  pollSchema,
  ServerSentEvents,
  type StreamQuery,
  streamSchema,
} from '#libs/event-streaming/http';

const LAST_EVENT_ID = 'Last-Event-ID';
/** In memory, which is about what the answer has or more; one large event may be more than that. */
const MAX_ANSWER_BYTES = 2_000_000;
const HEARTBEAT_MS = 15_000;
const STALL_MS = 120_000;
const MAX_AGE_MS = 900_000;

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  // A connection that had a stream is not used again, so that it cannot hold up a stop.
  connection: 'close',
  // Proxies such as nginx would hold events back in order to send more at once.
  'x-accel-buffering': 'no',
};

/** Events as they come, for those who cannot be called: no public address is needed. */
@ApiTags('Events')
@Controller('v1/events')
export class EventStreamController {
  constructor(private readonly streams: EventStreams) {}

  @Get()
  @ApiOperation({
    operationId: 'pollEvents',
    summary: 'The next events, as soon as there are any (long poll)',
  })
  @ApiResponse({ status: 200, standardSchema: polledEventsSchema })
  @ApiProblems(410)
  async poll(
    @Caller() { tenant }: ApiKeyOwner,
    @Query({ schema: pollSchema }) { eventTypes, after, from, limit, wait }: PollQuery,
    @Req() { signal }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolledEvents> {
    const cursor = after === undefined ? undefined : { text: after, field: 'after' };
    const { reader, close } = await this.streams.open('poll', { tenant, eventTypes }, { cursor, from });
    const over = new AbortController();
    const end = () => over.abort();
    const subscriptions = [onAbort(this.streams.stop, end), onAbort(signal, end)];
    try {
      const limits = { events: limit, bytes: MAX_ANSWER_BYTES, waitMs: wait * 1_000 };
      const events = await poll(reader, limits, systemClock, over.signal);
      const problem = events.length === 0 ? obstacleProblem(reader) : undefined;
      if (problem) throw problem;
      eventsSent.inc({ kind: 'poll' }, events.length);
      return { items: events.map(eventDocument), cursor: reader.cursor };
    } catch (error) {
      throw orUnavailable(error);
    } finally {
      for (const unsubscribe of subscriptions) unsubscribe();
      close();
      void reply.header('cache-control', 'no-store');
      // The server waits for its connections to end, and this one would stay open for a next request.
      if (this.streams.stop.aborted) void reply.header('connection', 'close');
    }
  }

  @Get('stream')
  @ApiOperation({
    operationId: 'streamEvents',
    summary: 'All events as they come (server-sent events)',
    description:
      '`data` is an event as in the long poll, `id` the cursor behind it: a client that connects again sends it as ' +
      '`Last-Event-ID`. A comment comes every 15 s when there is nothing else. An event named `problem` tells why the ' +
      'stream cannot go on.',
  })
  @ApiHeader({
    name: LAST_EVENT_ID,
    required: false,
    description: 'The last `id` that was received. Counts before `after` and `from`.',
    schema: { type: 'string', maxLength: MAX_CURSOR_LENGTH, pattern: CURSOR.source },
  })
  @ApiResponse({
    status: 200,
    description: 'Server-sent events.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  async stream(
    @Caller() { tenant }: ApiKeyOwner,
    @Query({ schema: streamSchema }) { eventTypes, after, from }: StreamQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // Nobody would read the body, and it has no end.
    if (request.method === 'HEAD') return void reply.headers(HEADERS).send();
    const cursor = lastEventId
      ? { text: lastEventId, field: LAST_EVENT_ID }
      : after === undefined
        ? undefined
        : { text: after, field: 'after' };
    const { reader, close } = await this.streams.open('stream', { tenant, eventTypes }, { cursor, from });
    const body = new ServerSentEvents(reader, {
      clock: systemClock,
      stop: this.streams.stop,
      heartbeatMs: HEARTBEAT_MS,
      stallMs: STALL_MS,
      maxAgeMs: MAX_AGE_MS,
      onClose: close,
    });
    if (reply.raw.destroyed) body.destroy();
    else void reply.headers(HEADERS).send(body);
  }
}

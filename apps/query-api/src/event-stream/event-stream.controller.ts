import { onAbort, systemClock } from '#libs/kernel';
import { Controller, Get, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CURSOR, MAX_CURSOR_LENGTH, poll } from '#libs/event-streaming/core';
import {
  ApiKeyAuthenticator,
  ApiProblems,
  Caller,
  chargeWait,
  msUntilExpiry,
  type Principal,
  RequestLimits,
  openedFor,
  RequiresScope,
  SEALED_TEXTS,
  type SealedTexts,
  shownTo,
} from '#libs/platform';
import { eventDocument } from '#libs/contracts';
import {
  EVENT_STREAM_HEADERS,
  eventsSent,
  EventStreams,
  obstacleProblem,
  type OpenReader,
  orUnavailable,
  type PolledEvents,
  polledEventsSchema,
  type PollQuery,
  pollSchema,
  ServerSentEvents,
  STREAM_TIMES,
  type StreamQuery,
  streamSchema,
} from '#libs/event-streaming/http';

const LAST_EVENT_ID = 'Last-Event-ID';
/** Limit of the events in memory; a single event may exceed it. */
const MAX_ANSWER_BYTES = 2_000_000;
/** How long a poll waits for the log to tell it anything, however short the client's wait. */
const LEAST_PATIENCE_MS = 5_000;

/** Streams events to clients without a public address. */
@ApiTags('Events')
@Controller('v1/events')
@RequiresScope('events:read')
export class EventStreamController {
  constructor(
    private readonly streams: EventStreams,
    private readonly limits: RequestLimits,
    private readonly keys: ApiKeyAuthenticator,
    @Inject(SEALED_TEXTS) private readonly texts: SealedTexts,
  ) {}

  @Get()
  @ApiOperation({
    operationId: 'pollEvents',
    summary: 'Wait for the next events (long poll)',
  })
  @ApiResponse({ status: 200, standardSchema: polledEventsSchema })
  @ApiProblems(410)
  async poll(
    @Caller() caller: Principal,
    @Query({ schema: pollSchema }) { eventTypes, after, from, limit, wait }: PollQuery,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PolledEvents> {
    const cursor = after === undefined ? undefined : { text: after, field: 'after' };
    const { tenant } = caller;
    const began = systemClock.now();
    const leftMs = msUntilExpiry(caller, began);
    const waitUntil = began + Math.min(wait * 1_000, leftMs);
    const over = new AbortController();
    const end = () => over.abort();
    const subscriptions = [
      onAbort(this.streams.stop, end),
      onAbort(request.signal, end),
      this.keys.onChange(request, end),
      systemClock.after(Math.min(Math.max(LEAST_PATIENCE_MS, wait * 1_000), leftMs), end),
    ];
    let opened: OpenReader | undefined;
    try {
      opened = await this.streams.open('poll', { tenant, eventTypes }, { cursor, from }, over.signal);
      const { reader } = opened;
      const waitMs = waitUntil - systemClock.now();
      const limits = { events: limit, bytes: MAX_ANSWER_BYTES, waitMs };
      const events = await poll(reader, limits, systemClock, over.signal);
      const problem = events.length === 0 ? obstacleProblem(reader) : undefined;
      if (problem) throw problem;
      eventsSent.inc({ kind: 'poll' }, events.length);
      return { items: events.map(eventDocument), cursor: reader.cursor };
    } catch (error) {
      throw orUnavailable(error);
    } finally {
      for (const unsubscribe of subscriptions) unsubscribe();
      opened?.close();
      chargeWait(request, systemClock.now() - began);
      void reply.header('cache-control', 'no-store');
      // A shutdown waits for all connections, and this one would stay open for another request.
      if (this.streams.stop.aborted) void reply.header('connection', 'close');
    }
  }

  @Get('stream')
  @ApiOperation({
    operationId: 'streamEvents',
    summary: 'Stream events (server-sent events)',
    description:
      '`data` is an event as in the long poll, and `id` its cursor, which a reconnecting client sends as `Last-Event-ID`. ' +
      'A comment arrives every 15 s if there is nothing else. An event named `problem` says why the stream ended.',
  })
  @ApiHeader({
    name: LAST_EVENT_ID,
    required: false,
    description: 'The last `id` received. Takes precedence over `after` and `from`.',
    schema: { type: 'string', maxLength: MAX_CURSOR_LENGTH, pattern: CURSOR.source },
  })
  @ApiResponse({
    status: 200,
    description: 'Server-sent events.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  async stream(
    @Caller() caller: Principal,
    @Query({ schema: streamSchema }) { eventTypes, after, from }: StreamQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    // A stream has no end, and HEAD has no body.
    if (request.method === 'HEAD') return void reply.headers(EVENT_STREAM_HEADERS).send();
    const cursor = lastEventId
      ? { text: lastEventId, field: LAST_EVENT_ID }
      : after === undefined
        ? undefined
        : { text: after, field: 'after' };
    const { tenant } = caller;
    const over = new AbortController();
    const end = () => over.abort();
    const stopWatching = this.keys.onChange(request, end);
    const { reader, close } = await this.streams
      .open('stream', { tenant, eventTypes }, { cursor, from })
      .catch((error: unknown) => {
        stopWatching();
        throw error;
      });
    const stopListening = onAbort(this.streams.stop, end);
    const body = new ServerSentEvents(reader, {
      clock: systemClock,
      tenant,
      spareTime: this.streams.spareTime,
      stop: over.signal,
      ...STREAM_TIMES,
      maxAgeMs: Math.min(STREAM_TIMES.maxAgeMs, msUntilExpiry(caller, systemClock.now())),
      show: shownTo(request),
      open: openedFor(this.texts, request),
      pace: this.limits.paceOf(caller),
      onClose: () => {
        stopWatching();
        stopListening();
        close();
      },
    });
    if (reply.raw.destroyed) body.destroy();
    else void reply.headers(EVENT_STREAM_HEADERS).send(body);
  }
}

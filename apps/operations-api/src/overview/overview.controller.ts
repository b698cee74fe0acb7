import { type BeforeApplicationShutdown, Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { EVENT_STREAM_HEADERS, ValueStream } from '#libs/event-streaming/http';
import { onAbort, systemClock, TenantShareError, TenantShares } from '#libs/kernel';
import {
  ApiKeyAuthenticator,
  Caller,
  msUntilExpiry,
  type Principal,
  RequiresScope,
  shareProblem,
} from '#libs/platform';
import { TakesQueryTurn } from '#libs/projections/http';
import { Overview } from './overview.js';
import { type OverviewDocument, overviewSchema } from './overview.schemas.js';

const EVERY_MS = 2_000;
const STALL_MS = 60_000;
const MAX_AGE_MS = 900_000;
/** In one process. They share what is read, so each costs little more than its connection. */
const MAX_STREAMS = 100;

@ApiTags('Operations')
@RequiresScope('operator')
@Controller('v1/operations/overview')
export class OverviewController implements BeforeApplicationShutdown {
  readonly #stop = new AbortController();
  readonly #slots = new TenantShares(MAX_STREAMS);

  constructor(
    private readonly overview: Overview,
    private readonly keys: ApiKeyAuthenticator,
  ) {}

  beforeApplicationShutdown(): void {
    this.#stop.abort();
  }

  @Get()
  @TakesQueryTurn()
  @ApiOperation({
    operationId: 'getOverview',
    summary: 'Show where the whole system stands',
    description: 'Computed at most once a second, however many look.',
  })
  @ApiResponse({ status: 200, standardSchema: overviewSchema })
  read(): Promise<OverviewDocument> {
    return this.overview.withSeries();
  }

  @Get('stream')
  @ApiOperation({
    operationId: 'streamOverview',
    summary: 'Follow where the whole system stands (server-sent events)',
    description: '`data` is an `Overview` without `series`, every two seconds.',
  })
  @ApiResponse({
    status: 200,
    description: 'Server-sent events.',
    content: { 'text/event-stream': { schema: { type: 'string' } } },
  })
  stream(@Caller() caller: Principal, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    // A stream has no end, and HEAD has no body.
    if (request.method === 'HEAD') return void reply.headers(EVENT_STREAM_HEADERS).send();
    const giveBack = this.#slotOf(caller);
    const over = new AbortController();
    const end = () => over.abort();
    const subscriptions = [onAbort(this.#stop.signal, end), this.keys.onChange(request, end), giveBack];
    const body = new ValueStream({
      read: () => this.overview.now(),
      clock: systemClock,
      stop: over.signal,
      everyMs: EVERY_MS,
      stallMs: STALL_MS,
      maxAgeMs: Math.min(MAX_AGE_MS, msUntilExpiry(caller, systemClock.now())),
      onClose: () => {
        for (const unsubscribe of subscriptions) unsubscribe();
      },
    });
    if (reply.raw.destroyed) body.destroy();
    else void reply.headers(EVENT_STREAM_HEADERS).send(body);
  }

  #slotOf({ tenant }: Principal): () => void {
    try {
      return this.#slots.acquire(tenant);
    } catch (error) {
      if (!(error instanceof TenantShareError)) throw error;
      throw shareProblem(error.refusal, 'streams of the overview');
    }
  }
}

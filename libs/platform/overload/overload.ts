import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { Counter, Gauge } from 'prom-client';
import { systemClock } from '#libs/kernel';
import { principalOf } from '../auth/caller.js';
import { commandsIn } from '../http/batch-body.js';
import { endWork, onceClosed, onceOver } from '../http/closed-exchange.js';
import { ProblemException } from '../http/problem.js';
import { SETTINGS, type Settings } from '../settings/settings.js';
import { CommandTurns } from './command-turns.js';
import { LEAST_PLACES, LEAST_SHARE } from './pace.js';

/**
 * Work that follows from commands, and that must keep up with them. Processes are behind with the events that they have yet
 * to be told of, or with the commands that they have yet to send.
 */
export type FollowingWork = 'deliveries' | 'process-events' | 'process-commands' | 'projections';

interface Patience {
  /** How much of the wanted lag the work may have. */
  readonly allowance: number;
  /** The fewest places for commands while it has more. */
  readonly least: number;
}

/** Readers of read models can wait, and customers for a confirmation; subscribers do. */
const PATIENCE: Readonly<Record<FollowingWork, Patience>> = {
  deliveries: { allowance: 1, least: LEAST_PLACES },
  'process-events': { allowance: 3, least: LEAST_SHARE },
  'process-commands': { allowance: 3, least: LEAST_SHARE },
  projections: { allowance: 5, least: LEAST_PLACES },
};

const LOOK_MS = 50;
const MAX_WAITING = 10_000;
/** Share of a command's time that it may wait for its turn. */
const WAITING_SHARE = 0.5;
/** A lag of which nothing is heard any more fades away. */
const FADING = 0.5;
/** A multiple of the wanted lag. */
const NO_LAG = 0.001;

/**
 * Shares the CPU time of this process between commands and what follows from them: while deliveries, processes or
 * projections lag, and this process has no time to spare, commands of clients take turns, and those that wait too long get
 * `503` with `Retry-After`. Commands of processes never wait for a turn: they are what must keep up.
 */
@Injectable()
export class Overload implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly turns: CommandTurns;
  readonly #lags = new Map<FollowingWork, RecentLag>();
  #stop: (() => void) | undefined;
  #isOver = false;
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(@Inject(SETTINGS) private readonly settings: Pick<Settings, 'commands'>) {
    const maxWaitMs = settings.commands.timeoutMs * WAITING_SHARE;
    this.turns = new CommandTurns({ maxWaitMs, maxWaiting: MAX_WAITING }, systemClock);
  }

  /** Something was done this long after the event that it follows from. Waits for others, such as an endpoint, do not count. */
  observe(work: FollowingWork, lagMs: number): void {
    if (this.settings.commands.maxLagMs === 0) return;
    const known = this.#lags.get(work) ?? new RecentLag();
    this.#lags.set(work, known);
    known.observe(lagMs);
    this.#watch();
  }

  /** A command takes its turn when its body is there: a client that sends slowly holds up nobody. */
  install(fastify: FastifyInstance): void {
    if (this.settings.commands.maxLagMs === 0) return;
    fastify.addHook('preValidation', (request, reply, done) => {
      const tenant = isCommand(request) ? principalOf(request)?.tenant : undefined;
      if (tenant === undefined) return done();
      this.#takeTurn(turnKeyOf(request, tenant), request, reply, done);
    });
    fastify.addHook('onSend', (request: TakingRequest, _reply, payload, done) => {
      request[GIVE_BACK]?.(commandsIn(request));
      done(null, payload);
    });
  }

  onApplicationBootstrap(): void {
    observed = this.turns;
  }

  onApplicationShutdown(): void {
    this.#isOver = true;
    this.#stop?.();
  }

  /** Looks until nothing is behind any more. */
  #watch(): void {
    if (this.#stop || this.#isOver) return;
    this.#utilization = performance.eventLoopUtilization();
    this.#stop = systemClock.every(LOOK_MS, () => this.#look());
  }

  #takeTurn(
    key: string,
    request: TakingRequest,
    reply: FastifyReply,
    done: (problem?: ProblemException) => void,
  ): void {
    let isWaiting = true;
    const giveBack = this.turns.take(
      key,
      () => {
        isWaiting = false;
        done();
      },
      (retryAfterSeconds) => {
        isWaiting = false;
        refused.inc();
        const detail = 'Earlier orders are still being worked on. Nothing was changed: retry later.';
        done(new ProblemException('unavailable', detail, { retryAfterSeconds }));
      },
    );
    request[GIVE_BACK] = giveBack;
    onceOver(reply.raw, () => giveBack(commandsIn(request)));
    // A command that has begun goes on without its client, and keeps its turn. One that waits is given up.
    const leave = (): void => {
      if (isWaiting) endWork(reply.raw);
    };
    if (reply.raw.destroyed) leave();
    else onceClosed(reply.raw, leave);
  }

  #look(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    const { maxLagMs } = this.settings.commands;
    let [most, least] = [0, LEAST_PLACES];
    for (const [work, lag] of this.#lags) {
      const patience = PATIENCE[work];
      const ratio = lag.next() / (maxLagMs * patience.allowance);
      most = Math.max(most, ratio);
      if (ratio > 1) least = Math.min(least, patience.least);
    }
    this.turns.look(most, utilization, least);
    if (most > NO_LAG || !this.turns.isUnlimited) return;
    this.#stop?.();
    this.#stop = undefined;
  }
}

/** The mean lag since the last look. */
class RecentLag {
  #sum = 0;
  #count = 0;
  #last = 0;

  observe(lagMs: number): void {
    this.#sum += lagMs;
    this.#count++;
  }

  next(): number {
    this.#last = this.#count > 0 ? this.#sum / this.#count : this.#last * FADING;
    this.#sum = this.#count = 0;
    return this.#last;
  }
}

/** Whoever pauses a subscription or cancels a process to mend a lag must not wait behind the orders that made it. */
const OPERATING_PATHS = ['/v1/webhook-subscriptions', '/v1/processes/', '/v1/payments/'];

/** Who takes the turn: calls that operate the system have turns beside the tenant's other commands. */
function turnKeyOf({ routeOptions: { url = '' } }: FastifyRequest, tenant: string): string {
  // Names of tenants have no space.
  return OPERATING_PATHS.some((path) => url.startsWith(path)) ? `${tenant} operating` : tenant;
}

const GIVE_BACK = Symbol('give-back');
type TakingRequest = FastifyRequest & { [GIVE_BACK]?: (commands: number) => void };

const isCommand = ({ method }: FastifyRequest): boolean => !['GET', 'HEAD', 'OPTIONS'].includes(method);

let observed: CommandTurns | undefined;

const refused = new Counter({
  name: 'orderstream_commands_overload_refused_total',
  help: 'Commands that got 503, because they had waited too long for what is behind.',
});

/** Registered by being made. */
export const turnGauges = [
  new Gauge({
    name: 'orderstream_commands_waiting',
    help: 'Commands that wait for their turn, because deliveries, processes or projections are behind.',
    collect() {
      this.set(observed?.waiting ?? 0);
    },
  }),
  new Gauge({
    name: 'orderstream_commands_places',
    help: 'How many commands the process works on at once. 1000 where nothing is behind; below 1, it pauses between two.',
    collect() {
      this.set(observed?.pace.places ?? 0);
    },
  }),
];

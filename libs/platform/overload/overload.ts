import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { Counter, Gauge } from 'prom-client';
import { systemClock } from '#libs/kernel';
import { ownerOf } from '../auth/caller.js';
import { ProblemException } from '../http/problem.js';
import { SETTINGS, type Settings } from '../settings/settings.js';
import { CommandTurns } from './command-turns.js';

/** Work that follows from commands, and that must keep up with them. */
export type FollowingWork = 'deliveries' | 'projections';

/** How much of the wanted lag each may have: readers of read models can wait, subscribers do. */
const ALLOWANCE: Readonly<Record<FollowingWork, number>> = { deliveries: 1, projections: 5 };

const LOOK_MS = 50;
const MAX_WAITING = 10_000;
/** Share of a command's time that it may wait for its turn. */
const WAITING_SHARE = 0.5;
/** A lag of which nothing is heard any more fades away. */
const FADING = 0.5;

/**
 * Shares the CPU time of this process between commands and what follows from them: while deliveries or projections lag,
 * and the process has no time to spare, commands take turns, and those that wait too long get `503` with `Retry-After`.
 */
@Injectable()
export class Overload implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly turns: CommandTurns;
  readonly #lags = new Map<FollowingWork, RecentLag>();
  #stop: (() => void) | undefined;
  #utilization: EventLoopUtilization = performance.eventLoopUtilization();

  constructor(@Inject(SETTINGS) private readonly settings: Pick<Settings, 'commands'>) {
    const maxWaitMs = settings.commands.timeoutMs * WAITING_SHARE;
    this.turns = new CommandTurns({ maxWaitMs, maxWaiting: MAX_WAITING }, systemClock);
  }

  /** Something was done this long after the event that it follows from. Waits for others, such as an endpoint, do not count. */
  observe(work: FollowingWork, lagMs: number): void {
    const known = this.#lags.get(work) ?? new RecentLag();
    this.#lags.set(work, known);
    known.observe(lagMs);
  }

  /** A command takes its turn when its body is there: a client that sends slowly holds up nobody. */
  install(fastify: FastifyInstance): void {
    if (this.settings.commands.maxLagMs === 0) return;
    fastify.addHook('preValidation', (request, reply, done) => {
      const tenant = isCommand(request) ? ownerOf(request)?.tenant : undefined;
      if (tenant === undefined || reply.raw.destroyed) return done();
      this.#takeTurn(tenant, request, reply, done);
    });
    fastify.addHook('onSend', (request: TakingRequest, _reply, payload, done) => {
      request[GIVE_BACK]?.();
      done(null, payload);
    });
  }

  onApplicationBootstrap(): void {
    observed = this.turns;
    this.#stop = systemClock.every(LOOK_MS, () => this.#look());
  }

  onApplicationShutdown(): void {
    this.#stop?.();
  }

  #takeTurn(
    tenant: string,
    request: TakingRequest,
    reply: FastifyReply,
    done: (problem?: ProblemException) => void,
  ): void {
    const giveBack = this.turns.take(
      tenant,
      () => done(),
      (retryAfterSeconds) => {
        refused.inc();
        const detail = 'Deliveries and projections are behind. Nothing was changed: retry later.';
        done(new ProblemException('unavailable', detail, { retryAfterSeconds }));
      },
    );
    request[GIVE_BACK] = giveBack;
    reply.raw.once('close', giveBack);
  }

  #look(): void {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#utilization);
    this.#utilization = now;
    const { maxLagMs } = this.settings.commands;
    const ratios = [...this.#lags].map(([work, lag]) => lag.next() / (maxLagMs * ALLOWANCE[work]));
    this.turns.look(Math.max(0, ...ratios), utilization);
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

const GIVE_BACK = Symbol('give-back');
type TakingRequest = FastifyRequest & { [GIVE_BACK]?: () => void };

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
    help: 'Commands that wait for their turn, because deliveries or projections are behind.',
    collect() {
      this.set(observed?.waiting ?? 0);
    },
  }),
  new Gauge({
    name: 'orderstream_commands_places',
    help: 'How many commands the process works on at once. 1000 where nothing is behind.',
    collect() {
      this.set(observed?.pace.places ?? 0);
    },
  }),
];

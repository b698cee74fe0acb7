import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ActEnd, BegunAct } from '#libs/audit/core';
import { onceOver } from '../http/closed-exchange.js';
import { ProblemException } from '../http/problem.js';
import { asksForPersonalData } from '../personal-data/personal-data.js';
import type { ActLog } from './act-log.js';
import { actOf, requireActLog } from './audited-routes.js';

const ACT_ID = Symbol('act-id');
type AuditedRequest = FastifyRequest & { [ACT_ID]?: string | undefined };

/** The answer of a command of which nobody knows whether it was done. */
const OUTCOME_UNKNOWN = '"code":"outcome-unknown"';
const UNANSWERED: ActEnd = { outcome: 'unknown', status: null };
/**
 * Pauses between attempts to note an outcome, which a lost connection or a restart of the database outlasts. Meanwhile no
 * acts begin, so no more wait than were under way.
 */
const TRY_AGAIN_AFTER_MS = [1_000, 5_000, 25_000];

/**
 * Notes each act before anything is done, and its outcome once there is an answer. Without the first, nothing is done.
 * Call it after the hooks that refuse requests, so that what they let through bounds the acts.
 */
export function auditRequests(fastify: FastifyInstance, log: ActLog | undefined): void {
  if (!log) requireActLog(fastify);
  const logger = new Logger('Audit');

  async function begin(act: BegunAct, request: AuditedRequest, reply: FastifyReply): Promise<void> {
    try {
      if (!log) throw new Error('the app has no act log');
      await log.begin(act);
    } catch (error) {
      logger.warn({ err: error }, `an act is refused, because it cannot be recorded: ${act.act}`);
      const detail = 'This has to be recorded, which is not possible now. Nothing was done.';
      throw new ProblemException('unavailable', detail, { cause: error });
    }
    request[ACT_ID] = act.actId;
    // For an answer that was never made.
    onceOver(reply.raw, () => end(request, UNANSWERED));
  }

  async function beginBefore(
    done: (error?: Error) => void,
    ...given: Parameters<typeof begin>
  ): Promise<void> {
    try {
      await begin(...given);
    } catch (error) {
      return done(error as Error);
    }
    done();
  }

  /** The answer does not wait: an act whose outcome cannot be noted is recorded with the outcome unknown. */
  function end(request: AuditedRequest, how: ActEnd): void {
    const actId = request[ACT_ID];
    if (actId === undefined) return;
    request[ACT_ID] = undefined;
    noteEnd(actId, how).catch((error: unknown) => {
      logger.warn({ err: error }, `the outcome of act ${actId} is recorded as unknown`);
    });
  }

  async function noteEnd(actId: string, how: ActEnd): Promise<void> {
    for (const pauseMs of TRY_AGAIN_AFTER_MS) {
      try {
        return await log?.end(actId, how);
      } catch {
        await sleep(pauseMs, undefined, { ref: false });
      }
    }
    await log?.end(actId, how);
  }

  fastify.addHook('onRequest', (request, reply, done) => {
    const act = actOf(request, asksForPersonalData(request));
    // Most requests are no acts, and must not wait.
    if (!act) return done();
    void beginBefore(done, act, request, reply);
  });
  fastify.addHook('onSend', (request: AuditedRequest, reply, payload, done) => {
    if (request[ACT_ID] !== undefined) end(request, endOf(reply, payload));
    done(null, payload);
  });
}

function endOf({ statusCode: status }: FastifyReply, payload: unknown): ActEnd {
  if (status < 400) return { outcome: 'succeeded', status };
  if (status < 500) return { outcome: 'refused', status };
  const isUnknown = typeof payload === 'string' && payload.includes(OUTCOME_UNKNOWN);
  return { outcome: isUnknown ? 'unknown' : 'failed', status };
}

import { Inject, Injectable, Logger, ServiceUnavailableException } from '@nestjs/common';
import { type HealthCheckResult, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { FastifyInstance } from 'fastify';
import { Siblings } from '../cluster/siblings.js';
import { redactSecrets } from '../observability/redact-secrets.js';
import { mergedHealth } from './merged-health.js';
import { observeReadiness } from './readiness-metrics.js';
import { NoAnswerError, Readiness, type ReadinessCode, withCheckTimeout } from './readiness.js';

const READY = 'ready';

/** Checks all parts of this process, and of those that share its port. */
@Injectable()
export class HealthChecks {
  readonly #logger = new Logger('Readiness');
  /** The last fault of each part, so that each fault is logged once. */
  readonly #faults = new Map<string, string>();
  #hasStarted = false;

  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    @Inject(Readiness) private readonly readiness: Readiness,
    @Inject(Siblings) private readonly siblings: Siblings,
  ) {
    observeReadiness(readiness);
  }

  /** Lets the other processes ask this one. */
  serve(fastify: FastifyInstance): void {
    this.siblings.serve(fastify, READY, () => this.#checkOwn());
  }

  async check(): Promise<HealthCheckResult> {
    if (this.siblings.isAlone) return this.#checkOwn();
    const [own, others] = await Promise.all([this.#checkOwn(), this.siblings.ask<HealthCheckResult>(READY)]);
    return mergedHealth(own, others);
  }

  /**
   * Whether all parts of this process have been ready at once, now or before. What is lost later is mostly lost to all
   * processes alike: each still answers what it can, and says what it cannot.
   */
  async hasStarted(): Promise<boolean> {
    if (!this.#hasStarted) await this.#checkOwn();
    return this.#hasStarted;
  }

  async #checkOwn(): Promise<HealthCheckResult> {
    try {
      const result = await this.health.check(
        [...this.readiness.checks].map(([name, check]) => async () => {
          const indicator = this.indicators.check(name);
          try {
            const notices = await withCheckTimeout(async () => check());
            this.#faults.delete(name);
            return notices?.length ? indicator.up({ code: 'notices', notices }) : indicator.up();
          } catch (error) {
            const message = redactSecrets((error as Error).message);
            const code: ReadinessCode = error instanceof NoAnswerError ? 'no-answer' : 'failed';
            this.#logOnce(name, message);
            return indicator.down({ code, message });
          }
        }),
      );
      this.#hasStarted = true;
      return result;
    } catch (error) {
      if (!(error instanceof ServiceUnavailableException)) throw error;
      return error.getResponse() as HealthCheckResult;
    }
  }

  /** Probes send no key and discard the answer, so the log gives the reason. */
  #logOnce(name: string, message: string): void {
    if (this.#faults.get(name) === message) return;
    this.#faults.set(name, message);
    this.#logger.warn(`${name} is not ready: ${message}`);
  }
}

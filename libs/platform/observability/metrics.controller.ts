import { Controller, Get, Header, Inject, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import { AggregatorRegistry, type MetricObject, register } from 'prom-client';
import { SharedQuestion } from '#libs/kernel';
import { Public } from '../auth/route-access.js';
import { Siblings } from '../cluster/siblings.js';

const PATH = 'metrics';

@Public()
@ApiExcludeController()
@Controller('metrics')
export class MetricsController implements OnModuleInit {
  /** Rendering takes some milliseconds, so concurrent requests share one result. */
  readonly #metrics = new SharedQuestion(() => this.#render());

  constructor(
    @Inject(Siblings) private readonly siblings: Siblings,
    private readonly http: HttpAdapterHost,
  ) {}

  onModuleInit(): void {
    this.siblings.serve(this.http.httpAdapter.getInstance(), PATH, () => register.getMetricsAsJSON());
  }

  @Get()
  @Header('content-type', register.contentType)
  read(): Promise<string> {
    return this.#metrics.answer();
  }

  /** Those of all processes in one, since a scrape reaches any of them. */
  async #render(): Promise<string> {
    if (this.siblings.isAlone) return register.metrics();
    const [own, others] = await Promise.all([
      register.getMetricsAsJSON(),
      this.siblings.ask<MetricObject[]>(PATH),
    ]);
    const all = [own, ...others.flatMap(({ answer }) => (answer ? [answer] : []))];
    return AggregatorRegistry.aggregate(all).metrics();
  }
}

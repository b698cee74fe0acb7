import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { register } from 'prom-client';
import { SharedQuestion } from '#libs/kernel';
import { Public } from '../auth/caller.js';

@Public()
@ApiExcludeController()
@Controller('metrics')
export class MetricsController {
  /** Rendering takes some milliseconds, so concurrent requests share one result. */
  readonly #metrics = new SharedQuestion(() => register.metrics());

  @Get()
  @Header('content-type', register.contentType)
  read(): Promise<string> {
    return this.#metrics.answer();
  }
}

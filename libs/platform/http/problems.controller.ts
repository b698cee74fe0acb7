import { Controller, Get, Param } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../auth/caller.js';
import { ProblemException } from './problem.js';
import { isProblemCode, PROBLEMS } from './problem-codes.js';

/** Serves the `type` links of problem documents. */
@Public()
@ApiExcludeController()
@Controller('problems')
export class ProblemsController {
  @Get()
  list(): unknown {
    return PROBLEMS;
  }

  @Get(':code')
  explain(@Param('code') code: string): unknown {
    if (!isProblemCode(code))
      throw new ProblemException({ code: 'not-found', detail: 'There is no such problem code.' });
    return { code, ...PROBLEMS[code] };
  }
}

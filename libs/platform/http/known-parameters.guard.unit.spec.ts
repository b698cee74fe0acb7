import { Controller, type ExecutionContext, Get, Param, Query } from '@nestjs/common';
import querystring from 'node:querystring';
import { PUBLIC_ROUTE } from '../auth/route-access.js';
import { KnownParametersGuard } from './known-parameters.guard.js';
import { ProblemException } from './problem.js';

@Controller('v1')
class Things {
  @Get('list')
  list(@Query() query: object): object {
    return query;
  }

  @Get(':id')
  read(@Param('id') id: string): string {
    return id;
  }
}

function outcome(handler: 'list' | 'read', query: string, config: object = {}): unknown {
  const request = {
    url: `/v1/x${query}`,
    query: querystring.parse(query.slice(1)),
    routeOptions: { config },
  };
  const context = {
    getClass: () => Things,
    getHandler: () => Things.prototype[handler],
    switchToHttp: () => ({ getRequest: () => request }),
  } as unknown as ExecutionContext;
  try {
    return new KnownParametersGuard().canActivate(context);
  } catch (error) {
    if (!(error instanceof ProblemException)) throw error;
    return [error.code, error.errors?.map(({ pointer }) => pointer)];
  }
}

describe('parameters of a URL', () => {
  it('are for the schema to check where a route takes some', () => {
    expect(outcome('list', '?a=1&b=2')).toBe(true);
  });

  it('are refused by name where a route takes none', () => {
    expect(outcome('read', '?a=1&b=2')).toEqual(['invalid-request', ['/a', '/b']]);
    expect(outcome('read', '?__proto__=1')).toEqual(['invalid-request', ['/__proto__']]);
  });

  it('are nothing where there are none', () => {
    expect([outcome('read', ''), outcome('read', '?')]).toEqual([true, true]);
  });

  it.each(['?a=%', '?a=%4', '?a=%zz', '?a=%ff', '?%c3=1', '?a=%ed%a0%80'])('cannot be read: %s', (query) => {
    expect(outcome('list', query)).toEqual(['malformed-request', undefined]);
    expect(outcome('read', query)).toEqual(['malformed-request', undefined]);
  });

  it('are passed over on public routes, which monitors call as they like', () => {
    expect(outcome('read', '?a=%', PUBLIC_ROUTE)).toBe(true);
  });
});

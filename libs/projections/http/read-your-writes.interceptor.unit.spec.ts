import type { ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { of } from 'rxjs';
import { ALL_OF_A_TENANT } from '#libs/platform';
import { setPrincipal } from '#libs/platform/testing';
import type { CheckpointWaits } from '../postgres/checkpoint-waits.js';
import { ReadYourWritesInterceptor } from './read-your-writes.interceptor.js';

describe('a wait for own writes', () => {
  const READS = { projection: 'orders', topics: ['orders'] };

  async function waitOf(expiresAt: Date | undefined): Promise<number> {
    let withinMs = -1;
    const waits = {
      passed: async (wait: { withinMs: number }) => {
        ({ withinMs } = wait);
        return { status: 'passed' };
      },
    };
    const headers = { 'orderstream-position': 'orders/0@1', prefer: 'wait=30' };
    const request = { headers, query: {} } as unknown as FastifyRequest;
    setPrincipal(request, {
      actor: 'a',
      tenant: 'acme',
      scopes: ALL_OF_A_TENANT,
      ...(expiresAt && { expiresAt }),
    });
    const http = { getRequest: () => request, getResponse: () => ({ header: () => undefined }) };
    const context = { switchToHttp: () => http, getHandler: () => undefined } as unknown as ExecutionContext;
    const reflector = { get: () => READS } as unknown as Reflector;
    const interceptor = new ReadYourWritesInterceptor(reflector, waits as unknown as CheckpointWaits);
    await interceptor.intercept(context, { handle: () => of(undefined) });
    return withinMs;
  }

  it('takes as long as the client likes, but ends with its access token', async () => {
    expect(await waitOf(undefined)).toBe(30_000);
    expect(await waitOf(new Date(Date.now() + 3_600_000))).toBe(30_000);
    expect(await waitOf(new Date(Date.now() + 5_000))).toBeLessThanOrEqual(5_000);
    expect(await waitOf(new Date(Date.now() - 5_000))).toBe(0);
  });
});

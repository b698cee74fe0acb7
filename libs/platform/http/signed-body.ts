import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { PUBLIC_ROUTE } from '../auth/caller.js';

const SIGNED = 'orderstream:signed';

/**
 * Marks a route whose caller proves itself by a signature of the body instead of an API key. Its handler gets the bytes of
 * the body, since any parser loses what was signed; `undefined` for an empty one.
 */
export const TakesSignedBody = (): MethodDecorator =>
  applyDecorators(RouteConfig({ ...PUBLIC_ROUTE, [SIGNED]: true }), ApiSecurity({}));

export const takesSignedBody = ({ routeOptions: { config } }: FastifyRequest): boolean =>
  config !== undefined && SIGNED in config;

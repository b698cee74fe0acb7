import { applyDecorators } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { PUBLIC_ROUTE } from '../auth/route-access.js';
import { AddRouteConfig } from './route-config.js';

const SIGNED = 'orderstream:signed';

/**
 * Marks a route whose caller proves itself by a signature of the body instead of an API key. Its handler gets the bytes of
 * the body, since any parser loses what was signed; `undefined` for an empty one.
 */
export const TakesSignedBody = (): MethodDecorator =>
  applyDecorators(AddRouteConfig({ ...PUBLIC_ROUTE, [SIGNED]: true }), ApiSecurity({}));

export const takesSignedBody = ({ routeOptions: { config } }: FastifyRequest): boolean =>
  config !== undefined && SIGNED in config;

import { ApiBody, type ApiBodyOptions } from '@nestjs/swagger';
import type { z } from 'zod';

/** Describes a body that its handler reads by itself. Nest takes schemas here, though its types do not say so. */
export const BodySchema = (schema: z.ZodType): MethodDecorator =>
  ApiBody({ standardSchema: schema } as unknown as ApiBodyOptions);

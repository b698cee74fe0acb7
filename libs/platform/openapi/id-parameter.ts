import { ApiParam } from '@nestjs/swagger';

/** Describes an id in a path. What is no UUID is not found. */
export const IdParameter = (name: string): MethodDecorator & ClassDecorator =>
  ApiParam({ name, schema: { type: 'string', format: 'uuid' } });

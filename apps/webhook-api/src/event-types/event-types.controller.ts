import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { describeEventTypes, type DescribedEventType } from '#libs/contracts';
import { RequiresScope, InPortal } from '#libs/platform';

const anyObject = z.record(z.string(), z.unknown());

const eventTypesSchema = z
  .object({
    items: z.array(
      z
        .object({
          eventType: z.string(),
          topic: z.string(),
          description: z.string(),
          dataSchema: anyObject.describe('JSON Schema of `data`.'),
          example: anyObject.describe('The body of a delivery, with every field that can be there.'),
        })
        .meta({ id: 'EventType' }),
    ),
  })
  .meta({ id: 'EventTypes' });

/** The catalogue changes with a release only. */
const CATALOGUE: { readonly items: readonly DescribedEventType[] } = { items: describeEventTypes() };

@ApiTags('Webhook subscriptions')
@InPortal({ ofOne: true })
@Controller('v1/event-types')
export class EventTypesController {
  @Get()
  @RequiresScope('webhooks:read')
  @ApiOperation({
    operationId: 'listEventTypes',
    summary: 'List the event types that a webhook subscription can name, with schemas and examples',
  })
  @ApiResponse({ status: 200, standardSchema: eventTypesSchema })
  list(): { readonly items: readonly DescribedEventType[] } {
    return CATALOGUE;
  }
}

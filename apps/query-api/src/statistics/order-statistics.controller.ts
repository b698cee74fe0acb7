import { ORDER_AGGREGATE } from '#libs/orders';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { formatInstant, systemClock } from '#libs/kernel';
import { OrderStatisticsRepository, STATISTICS_PROJECTION } from '#libs/projections/read-models';
import { Caller, type Principal, RequiresScope } from '#libs/platform';
import { ReadsYourWrites } from '#libs/projections/http';
import {
  type OrderStatisticsQuery,
  orderStatisticsQuerySchema,
  orderStatisticsSchema,
} from '#libs/orders/http';
import { statisticsRange } from './statistics-range.js';

@ApiTags('Statistics')
@Controller('v1/stats')
@RequiresScope('orders:read')
export class OrderStatisticsController {
  constructor(private readonly statistics: OrderStatisticsRepository) {}

  @Get('orders')
  @ReadsYourWrites(
    { projection: STATISTICS_PROJECTION, topics: [ORDER_AGGREGATE.topic] },
    orderStatisticsSchema,
  )
  @ApiOperation({
    operationId: 'getOrderStatistics',
    summary: 'Count orders and their revenue by creation period and current status',
    description: 'The range is widened to whole periods, at most 1,000. Empty periods are omitted.',
  })
  async orders(
    @Caller() { tenant }: Principal,
    @Query({ schema: orderStatisticsQuerySchema }) query: OrderStatisticsQuery,
  ): Promise<z.output<typeof orderStatisticsSchema>> {
    const range = statisticsRange(query, systemClock.now());
    const items = await this.statistics.count(tenant, range);
    return { items, by: range.by, from: formatInstant(range.from), to: formatInstant(range.to) };
  }
}

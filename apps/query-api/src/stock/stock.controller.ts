import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { pageOf } from '#libs/contracts';
import { type StockDocument, stockDocument, STOCK_AGGREGATE } from '#libs/inventory';
import { StockReadRepository } from '#libs/projections/read-models';
import { type ApiKeyOwner, Caller, etagHeader, type Page, ProblemException } from '#libs/platform';
import { ReadsYourWrites } from '#libs/projections/http';
import {
  type StockListQuery,
  stockListSchema,
  stockPages,
  type SkuParameters,
  skuParametersSchema,
  stockDocumentSchema,
} from '#libs/inventory/http';

const READS = { projection: STOCK_AGGREGATE.table.projection, topics: [STOCK_AGGREGATE.topic] };

@ApiTags('Stock')
@Controller('v1/stock')
export class StockQueriesController {
  constructor(private readonly stock: StockReadRepository) {}

  @Get()
  @ReadsYourWrites(READS, pageOf(stockDocumentSchema, 'StockPage'))
  @ApiOperation({ operationId: 'listStock', summary: 'List stock items by sku, in the order of code points' })
  async list(
    @Caller() { tenant }: ApiKeyOwner,
    @Query({ schema: stockListSchema }) { limit, pageToken }: StockListQuery,
  ): Promise<Page<StockDocument>> {
    const after = stockPages.decode(pageToken);
    const found = await this.stock.findPage(tenant, limit, after?.sku);
    return stockPages.page(found, stockDocument, ({ sku }) => ({ sku }));
  }

  @Get(':sku')
  @ReadsYourWrites(READS, stockDocumentSchema, etagHeader)
  @ApiOperation({ operationId: 'getStockItem', summary: 'Read the stock of an article' })
  async read(
    @Caller() { tenant }: ApiKeyOwner,
    @Param({ schema: skuParametersSchema }) { sku }: SkuParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StockDocument> {
    const stream = await this.stock.findOne(tenant, sku);
    if (!stream) throw new ProblemException('stock-not-found', `There is no stock item ${sku}.`);
    void reply.header('etag', `"${stream.version}"`);
    return stockDocument(stream);
  }
}

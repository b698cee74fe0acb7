import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { pageOf } from '#libs/contracts';
import { type StockDocument, stockDocument, STOCK_AGGREGATE } from '#libs/inventory';
import { StockReadRepository } from '#libs/projections/read-models';
import { Caller, type Page, type Principal, RequiresScope } from '#libs/platform';
import { type FoundOne, foundOne, readModelOf, ReadsOne, ReadsYourWrites } from '#libs/projections/http';
import {
  type StockListQuery,
  stockListSchema,
  stockPages,
  type SkuParameters,
  skuParametersSchema,
  stockDocumentSchema,
} from '#libs/inventory/http';

@ApiTags('Stock')
@Controller('v1/stock')
@RequiresScope('stock:read')
export class StockQueriesController {
  constructor(private readonly stock: StockReadRepository) {}

  @Get()
  @ReadsYourWrites(readModelOf(STOCK_AGGREGATE), pageOf(stockDocumentSchema, 'StockPage'))
  @ApiOperation({ operationId: 'listStock', summary: 'List stock items by sku, in the order of code points' })
  async list(
    @Caller() { tenant }: Principal,
    @Query({ schema: stockListSchema }) { limit, pageToken }: StockListQuery,
  ): Promise<Page<StockDocument>> {
    const after = stockPages.decode(pageToken);
    const found = await this.stock.findPage(tenant, limit, after?.sku);
    return stockPages.page(found, stockDocument, ({ sku }) => ({ sku }));
  }

  @Get(':sku')
  @ReadsOne(STOCK_AGGREGATE, stockDocumentSchema)
  @ApiOperation({ operationId: 'getStockItem', summary: 'Read the stock of an article' })
  async read(
    @Caller() { tenant }: Principal,
    @Param({ schema: skuParametersSchema }) { sku }: SkuParameters,
  ): Promise<FoundOne<StockDocument> | undefined> {
    return foundOne(await this.stock.findOne(tenant, sku), stockDocument);
  }
}

import { Controller, Get, Param } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CART_AGGREGATE, type CartDocument, cartDocument } from '#libs/carts';
import { cartDocumentSchema, type CartParameters, cartParametersSchema } from '#libs/carts/http';
import { Caller, type Principal, RequiresScope } from '#libs/platform';
import { type FoundOne, foundOne, ReadsOne } from '#libs/projections/http';
import { StateTables } from '#libs/projections/postgres';

@ApiTags('Carts')
@Controller('v1/carts')
@RequiresScope('carts:write')
export class CartQueriesController {
  constructor(private readonly tables: StateTables) {}

  @Get(':cartId')
  @ReadsOne(CART_AGGREGATE, cartDocumentSchema)
  @ApiOperation({ operationId: 'getCart', summary: 'Read a cart' })
  async read(
    @Caller() { tenant }: Principal,
    @Param({ schema: cartParametersSchema }) { cartId }: CartParameters,
  ): Promise<FoundOne<CartDocument> | undefined> {
    return foundOne(await this.tables.findOne(CART_AGGREGATE, tenant, cartId), cartDocument);
  }
}

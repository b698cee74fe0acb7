import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CART_AGGREGATE, type CartDocument, cartDocument } from '#libs/carts';
import { cartDocumentSchema, type CartParameters, cartParametersSchema } from '#libs/carts/http';
import { type ApiKeyOwner, Caller, etagHeader, ProblemException } from '#libs/platform';
import { ReadsYourWrites } from '#libs/projections/http';
import { StateTables } from '#libs/projections/postgres';

const READS = { projection: CART_AGGREGATE.table.projection, topics: [CART_AGGREGATE.topic] };

@ApiTags('Carts')
@Controller('v1/carts')
export class CartQueriesController {
  constructor(private readonly tables: StateTables) {}

  @Get(':cartId')
  @ReadsYourWrites(READS, cartDocumentSchema, etagHeader)
  @ApiOperation({ operationId: 'getCart', summary: 'Read a cart' })
  async read(
    @Caller() { tenant }: ApiKeyOwner,
    @Param({ schema: cartParametersSchema }) { cartId }: CartParameters,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CartDocument> {
    const stream = await this.tables.findOne(CART_AGGREGATE, tenant, cartId);
    if (!stream) throw new ProblemException('cart-not-found', `There is no cart ${cartId}.`);
    void reply.header('etag', `"${stream.version}"`);
    return cartDocument(stream);
  }
}

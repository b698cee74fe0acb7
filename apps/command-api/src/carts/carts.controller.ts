import { Body, Controller, Delete, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  CART_AGGREGATE,
  type CartCommand,
  type CartDocument,
  cartDocument,
  cartExists,
  cartStreamId,
  type CheckOut,
} from '#libs/carts';
import {
  type CartItemBody,
  cartDocumentSchema,
  type CartItemParameters,
  cartItemParametersSchema,
  cartItemSchema,
  type CartParameters,
  cartParametersSchema,
  type CheckOutBody,
  checkOutSchema,
  type OpenCartBody,
  openCartSchema,
} from '#libs/carts/http';
import { CartCheckout, orderIdOfCart } from '#libs/checkout';
import {
  AnswersCommand,
  type AskedFor,
  commandAnswerHeaders,
  type CommandOrigin,
  commandProblem,
  commandRequest,
  Commands,
  Origin,
  sendAccepted,
} from '#libs/commands';
import { type OrderDocument, orderDocument } from '#libs/orders';
import { PersonalData } from '#libs/personal-data/sealing';
import { orderDocumentSchema } from '#libs/orders/http';
import { CreatesOrders, locationHeader, RequiresScope, SETTINGS, type Settings } from '#libs/platform';
import { StoredCarts } from './stored-carts.js';

@ApiTags('Carts')
@Controller('v1/carts/:cartId')
@RequiresScope('carts:write')
export class CartsController {
  readonly #checkout: CartCheckout;

  constructor(
    private readonly commands: Commands,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly stored: StoredCarts,
    private readonly personalData: PersonalData,
  ) {
    this.#checkout = new CartCheckout(commands, settings.fulfilment.enabled);
  }

  @Put()
  @ApiOperation({
    operationId: 'putCart',
    summary: 'Create a cart, or change its customer and currency',
    description: 'You choose the id. The currency of a cart that holds items does not change.',
  })
  @AnswersCommand(200, cartDocumentSchema)
  @ApiResponse({
    status: 201,
    standardSchema: cartDocumentSchema,
    description: 'The cart is new.',
    headers: commandAnswerHeaders,
  })
  async open(
    @Origin() origin: CommandOrigin,
    @Param({ schema: cartParametersSchema }) { cartId }: CartParameters,
    @Body({ schema: openCartSchema }) { customer, currency }: OpenCartBody,
  ): Promise<CartDocument> {
    const { tenant } = origin.caller;
    const clear = { email: customer.email ?? null, name: customer.name ?? null };
    const personal = await this.personalData.sealed(tenant, customer.id, clear);
    const askedWith = (texts: typeof clear) =>
      ({ type: 'open-cart', cartId, customer: { id: customer.id, ...texts }, currency }) as const;
    const asked = askedWith(personal);
    const quota = await this.stored.quotaOf(tenant);
    const command = { ...asked, fulfilment: this.settings.fulfilment.enabled, ...(quota && { quota }) };
    // Earlier releases sealed nothing.
    const formerly = personal === clear ? undefined : askedWith(clear);
    const cart = await this.#execute(command, origin, { asked, formerly });
    // The first event of a cart creates it, and each later request adds one.
    if (cart.version === 1) void origin.reply.status(201);
    return cart;
  }

  @Put('items/:sku')
  @ApiOperation({ operationId: 'putCartItem', summary: 'Add an article, or set its quantity and price' })
  @AnswersCommand(200, cartDocumentSchema)
  setItem(
    @Origin() origin: CommandOrigin,
    @Param({ schema: cartItemParametersSchema }) { cartId, sku }: CartItemParameters,
    @Body({ schema: cartItemSchema }) { quantity, unitPrice }: CartItemBody,
  ): Promise<CartDocument> {
    return this.#execute({ type: 'set-item', cartId, sku, quantity, unitPrice }, origin);
  }

  @Delete('items/:sku')
  @ApiOperation({ operationId: 'deleteCartItem', summary: 'Remove an article' })
  @AnswersCommand(200, cartDocumentSchema)
  removeItem(
    @Origin() origin: CommandOrigin,
    @Param({ schema: cartItemParametersSchema }) { cartId, sku }: CartItemParameters,
  ): Promise<CartDocument> {
    return this.#execute({ type: 'remove-item', cartId, sku }, origin);
  }

  @Post('checkout')
  @CreatesOrders('one')
  @ApiOperation({
    operationId: 'checkOutCart',
    summary: 'Order what is in the cart',
    description: 'A cart becomes one order: a repeat gets the same one, whatever its body says.',
  })
  @AnswersCommand(201, orderDocumentSchema, undefined, locationHeader('the order', '/v1/orders/{id}'))
  async checkOut(
    @Origin() origin: CommandOrigin,
    @Param({ schema: cartParametersSchema }) { cartId }: CartParameters,
    @Body({ schema: checkOutSchema }) body: CheckOutBody,
  ): Promise<OrderDocument> {
    const { payment, shippingAddress = null, metadata = {} } = body;
    const { tenant } = origin.caller;
    const streamId = cartStreamId(tenant, cartId);
    const clear: CheckOut = {
      type: 'check-out',
      cartId,
      orderId: orderIdOfCart(tenant, cartId),
      payment: payment ? { token: payment.token, country: payment.country ?? null } : null,
      shippingAddress,
      metadata,
    };
    const sealed = shippingAddress === null ? clear : await this.#withSealedAddress(clear, streamId, tenant);
    // Earlier releases sealed nothing.
    const formerly = sealed === clear ? undefined : clear;
    const accepted = await this.#checkout.checkOut(
      commandRequest(origin, streamId, sealed, { asked: sealed, formerly }),
    );
    sendAccepted(origin, accepted);
    const order = orderDocument(accepted.stream);
    void origin.reply.header('location', `/v1/orders/${order.orderId}`);
    return order;
  }

  /** The address belongs to the customer whom the cart names. */
  async #withSealedAddress(command: CheckOut, streamId: string, tenant: string): Promise<CheckOut> {
    const { shippingAddress } = command;
    const { state } = await this.commands.look(CART_AGGREGATE, streamId, tenant).catch((error: unknown) => {
      throw commandProblem(error);
    });
    if (!cartExists(state)) return command;
    const clear = { shippingAddress };
    const personal = await this.personalData.sealed(tenant, state.customer.id, clear);
    return personal === clear ? command : { ...command, ...personal };
  }

  /** @param asked as for {@link commandRequest} */
  async #execute(command: CartCommand, origin: CommandOrigin, asked?: AskedFor): Promise<CartDocument> {
    const streamId = cartStreamId(origin.caller.tenant, command.cartId);
    const request = commandRequest(origin, streamId, command, asked);
    const accepted = await this.commands.execute(CART_AGGREGATE, request);
    sendAccepted(origin, accepted);
    return cartDocument(accepted.stream);
  }
}

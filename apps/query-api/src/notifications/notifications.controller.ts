import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { pageOf } from '#libs/contracts';
import { NOTIFICATION_AGGREGATE } from '#libs/notifications';
import {
  type NotificationDocument,
  notificationDocument,
  notificationDocumentSchema,
  type NotificationListQuery,
  notificationListSchema,
  notificationPages,
} from '#libs/notifications/http';
import { Caller, IdParameter, type Page, type Principal, RequiresScope } from '#libs/platform';
import { type FoundOne, foundOne, readModelOf, ReadsOne, ReadsYourWrites } from '#libs/projections/http';
import { StateTables } from '#libs/projections/postgres';

@ApiTags('Notifications')
@Controller('v1/notifications')
@RequiresScope('orders:read')
export class NotificationsController {
  constructor(private readonly tables: StateTables) {}

  @Get()
  @ReadsYourWrites(
    readModelOf(NOTIFICATION_AGGREGATE),
    pageOf(notificationDocumentSchema, 'NotificationPage'),
  )
  @ApiOperation({ operationId: 'listNotifications', summary: 'List mails to customers, newest first' })
  async list(
    @Caller() { tenant }: Principal,
    @Query({ schema: notificationListSchema }) { limit, pageToken, orderId, cartId }: NotificationListQuery,
  ): Promise<Page<NotificationDocument>> {
    const found = await this.tables.findPage(NOTIFICATION_AGGREGATE, tenant, {
      limit,
      where: { order_id: orderId, cart_id: cartId },
      after: notificationPages.decode(pageToken),
    });
    return notificationPages.page(found, notificationDocument, ({ sentAt, notificationId }) => ({
      createdAt: sentAt,
      key: notificationId,
    }));
  }

  @Get(':notificationId')
  @IdParameter('notificationId')
  @ReadsOne(NOTIFICATION_AGGREGATE, notificationDocumentSchema)
  @ApiOperation({ operationId: 'getNotification', summary: 'Read what became of a mail' })
  async read(
    @Caller() { tenant }: Principal,
    @Param('notificationId') notificationId: string,
  ): Promise<FoundOne<NotificationDocument> | undefined> {
    return foundOne(
      await this.tables.findOne(NOTIFICATION_AGGREGATE, tenant, notificationId),
      notificationDocument,
    );
  }
}

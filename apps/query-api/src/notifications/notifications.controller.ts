import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { pageOf } from '#libs/contracts';
import { isUuid } from '#libs/kernel';
import { NOTIFICATION_AGGREGATE } from '#libs/notifications';
import {
  type NotificationDocument,
  notificationDocument,
  notificationDocumentSchema,
  type NotificationListQuery,
  notificationListSchema,
  notificationPages,
} from '#libs/notifications/http';
import {
  type ApiKeyOwner,
  Caller,
  etagHeader,
  IdParameter,
  type Page,
  ProblemException,
} from '#libs/platform';
import { ReadsYourWrites } from '#libs/projections/http';
import { StateTables } from '#libs/projections/postgres';

const READS = {
  projection: NOTIFICATION_AGGREGATE.table.projection,
  topics: [NOTIFICATION_AGGREGATE.topic],
};

@ApiTags('Notifications')
@Controller('v1/notifications')
export class NotificationsController {
  constructor(private readonly tables: StateTables) {}

  @Get()
  @ReadsYourWrites(READS, pageOf(notificationDocumentSchema, 'NotificationPage'))
  @ApiOperation({ operationId: 'listNotifications', summary: 'List mails to customers, newest first' })
  async list(
    @Caller() { tenant }: ApiKeyOwner,
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
  @ReadsYourWrites(READS, notificationDocumentSchema, etagHeader)
  @ApiOperation({ operationId: 'getNotification', summary: 'Read what became of a mail' })
  async read(
    @Caller() { tenant }: ApiKeyOwner,
    @Param('notificationId') notificationId: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NotificationDocument> {
    const stream = isUuid(notificationId)
      ? await this.tables.findOne(NOTIFICATION_AGGREGATE, tenant, notificationId)
      : undefined;
    if (!stream)
      throw new ProblemException('notification-not-found', `There is no notification ${notificationId}.`);
    void reply.header('etag', `"${stream.version}"`);
    return notificationDocument(stream);
  }
}

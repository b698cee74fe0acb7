import { defineAggregate } from '#libs/kernel';
import { isRecorded } from './notification.js';
import { notificationDecider } from './notification-decider.js';

export const NOTIFICATION_AGGREGATE = defineAggregate({
  topic: 'notifications',
  decider: notificationDecider,
  subject: 'notificationId',
  relatedIds: ['orderId', 'cartId'],
  link: (notificationId) => `/v1/notifications/${notificationId}`,
  notFound: { code: 'notification-not-found', noun: 'notification' },
  problems: {
    'notification-not-found': {
      status: 404,
      title: 'Notification not found',
      meaning: 'Your tenant has no mail of this id that was sent or refused.',
    },
  },
  table: {
    name: 'notification',
    projection: 'notifications',
    version: 1,
    key: 'uuid',
    columns: {
      status: { type: 'keyword', of: ({ status }) => status },
      // Empty for none: a column holds no null.
      order_id: { type: 'text', of: ({ orderId }) => orderId ?? '' },
      cart_id: { type: 'text', of: ({ cartId }) => cartId ?? '' },
    },
    hasRow: isRecorded,
  },
});

import { createRootRoute, createRoute, Navigate, retainSearchParams } from '@tanstack/react-router';
import { Frame } from './frame';
import { lazyPage } from './lazy-page';
import { homeOf } from './navigation';
import { searchOf } from './search';
import { useSession } from './session';

/** `tenant` is the one that an operator has picked. It goes along to every page. */
const root = createRootRoute({
  component: Frame,
  validateSearch: searchOf('tenant'),
  search: { middlewares: [retainSearchParams(['tenant'])] },
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: () => <Navigate to={homeOf(useSession())} replace />,
});

const orders = createRoute({
  getParentRoute: () => root,
  path: '/orders',
  validateSearch: searchOf('status', 'customerId', 'createdFrom', 'createdTo', 'pageToken'),
  component: lazyPage(() => import('../pages/orders/orders-page'), 'OrdersPage'),
});

const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  validateSearch: searchOf('asOf', 'event', 'view'),
  component: lazyPage(() => import('../pages/orders/order-page'), 'OrderPage'),
});

const overview = createRoute({
  getParentRoute: () => root,
  path: '/overview',
  component: lazyPage(() => import('../pages/overview/overview-page'), 'OverviewPage'),
});

const payments = createRoute({
  getParentRoute: () => root,
  path: '/payments',
  validateSearch: searchOf('status', 'pageToken'),
  component: lazyPage(() => import('../pages/payments/payments-page'), 'PaymentsPage'),
});

const payment = createRoute({
  getParentRoute: () => root,
  path: '/payments/$orderId',
  component: lazyPage(() => import('../pages/payments/payment-page'), 'PaymentPage'),
});

const stock = createRoute({
  getParentRoute: () => root,
  path: '/stock',
  validateSearch: searchOf('pageToken'),
  component: lazyPage(() => import('../pages/stock/stock-page'), 'StockPage'),
});

const stockItem = createRoute({
  getParentRoute: () => root,
  path: '/stock/$sku',
  component: lazyPage(() => import('../pages/stock/stock-item-page'), 'StockItemPage'),
});

const carts = createRoute({
  getParentRoute: () => root,
  path: '/carts',
  validateSearch: searchOf('cartId'),
  component: lazyPage(() => import('../pages/carts/carts-page'), 'CartsPage'),
});

const mails = createRoute({
  getParentRoute: () => root,
  path: '/mails',
  validateSearch: searchOf('orderId', 'cartId', 'status', 'mail', 'pageToken'),
  component: lazyPage(() => import('../pages/mails/mails-page'), 'MailsPage'),
});

const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/webhooks',
  validateSearch: searchOf('status', 'health', 'period', 'pageToken'),
  component: lazyPage(() => import('../pages/webhooks/webhooks-page'), 'WebhooksPage'),
});

const newWebhook = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/new',
  validateSearch: searchOf('step'),
  component: lazyPage(() => import('../pages/webhooks/new-webhook-page'), 'NewWebhookPage'),
});

const webhook = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/$subscriptionId',
  validateSearch: searchOf(
    'tab',
    'status',
    'code',
    'eventType',
    'eventId',
    'orderId',
    'from',
    'to',
    'period',
    'position',
    'pageToken',
  ),
  component: lazyPage(() => import('../pages/webhooks/webhook-page'), 'WebhookPage'),
});

const delivery = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/$subscriptionId/deliveries/$eventId',
  validateSearch: searchOf('pageToken'),
  component: lazyPage(() => import('../pages/webhooks/delivery-page'), 'DeliveryPage'),
});

const eventTypes = createRoute({
  getParentRoute: () => root,
  path: '/event-types',
  validateSearch: searchOf('type'),
  component: lazyPage(() => import('../pages/event-types/event-types-page'), 'EventTypesPage'),
});

const deadLetters = createRoute({
  getParentRoute: () => root,
  path: '/dead-letters',
  validateSearch: searchOf('kind', 'cause', 'subscriptionId', 'from', 'to', 'pageToken'),
  component: lazyPage(() => import('../pages/dead-letters/dead-letters-page'), 'DeadLettersPage'),
});

const processes = createRoute({
  getParentRoute: () => root,
  path: '/processes',
  validateSearch: searchOf('state', 'olderThanMs', 'pageToken'),
  component: lazyPage(() => import('../pages/processes/processes-page'), 'ProcessesPage'),
});

const process = createRoute({
  getParentRoute: () => root,
  path: '/processes/$processId',
  component: lazyPage(() => import('../pages/processes/process-page'), 'ProcessPage'),
});

const projections = createRoute({
  getParentRoute: () => root,
  path: '/projections',
  component: lazyPage(() => import('../pages/projections/projections-page'), 'ProjectionsPage'),
});

const projection = createRoute({
  getParentRoute: () => root,
  path: '/projections/$name',
  component: lazyPage(() => import('../pages/projections/projection-page'), 'ProjectionPage'),
});

const log = createRoute({
  getParentRoute: () => root,
  path: '/log',
  validateSearch: searchOf(
    'topic',
    'partition',
    'offset',
    'time',
    'direction',
    'record',
    'live',
    'eventTypes',
  ),
  component: lazyPage(() => import('../pages/log/log-page'), 'LogPage'),
});

const schemas = createRoute({
  getParentRoute: () => root,
  path: '/schemas',
  validateSearch: searchOf('subject', 'version'),
  component: lazyPage(() => import('../pages/schemas/schemas-page'), 'SchemasPage'),
});

const access = createRoute({
  getParentRoute: () => root,
  path: '/access',
  validateSearch: searchOf('tab', 'pageToken'),
  component: lazyPage(() => import('../pages/access/access-page'), 'AccessPage'),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: searchOf('actor', 'act', 'from', 'to', 'actId', 'pageToken'),
  component: lazyPage(() => import('../pages/audit/audit-page'), 'AuditPage'),
});

const search = createRoute({
  getParentRoute: () => root,
  path: '/search',
  validateSearch: searchOf('q'),
  component: lazyPage(() => import('../pages/search/search-page'), 'SearchPage'),
});

export const routeTree = root.addChildren([
  home,
  orders,
  order,
  overview,
  payments,
  payment,
  stock,
  stockItem,
  carts,
  mails,
  webhooks,
  newWebhook,
  webhook,
  delivery,
  eventTypes,
  deadLetters,
  processes,
  process,
  projections,
  projection,
  log,
  schemas,
  access,
  audit,
  search,
]);

import {
  createRootRoute,
  createRoute,
  lazyRouteComponent,
  Navigate,
  retainSearchParams,
} from '@tanstack/react-router';
import { Frame } from './frame';
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
  component: lazyRouteComponent(() => import('../pages/orders/orders-page'), 'OrdersPage'),
});

const order = createRoute({
  getParentRoute: () => root,
  path: '/orders/$orderId',
  validateSearch: searchOf('asOf', 'event', 'view'),
  component: lazyRouteComponent(() => import('../pages/orders/order-page'), 'OrderPage'),
});

export const routeTree = root.addChildren([home, orders, order]);

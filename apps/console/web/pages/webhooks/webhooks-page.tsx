import { useSearch } from '@tanstack/react-router';
import { useScope } from '../../app/session';
import { AllWebhooks } from './list/all-webhooks';
import { TenantWebhooks } from './list/tenant-webhooks';

/** An operator sees every tenant's, until one is picked. */
export function WebhooksPage() {
  const isOperator = useScope('operator');
  const { tenant } = useSearch({ from: '/webhooks' });
  return isOperator && tenant === undefined ? <AllWebhooks /> : <TenantWebhooks />;
}

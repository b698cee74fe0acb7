import { Alert, Skeleton, Tabs, Text } from '@mantine/core';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { type ComponentType, lazy, Suspense } from 'react';
import { api } from '../../api/client';
import { Identifier } from '../../parts/identifier';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { DeadLettersTab } from './one/dead-letters-tab';
import { DeliveriesTab } from './one/deliveries-tab';
import { ExplainTab } from './one/explain-tab';
import { LanesTab } from './one/lanes-tab';
import { MetricsTab } from './one/metrics-tab';
import { TroubleNotice } from './one/trouble-notice';
import { WebhookActs } from './one/webhook-acts';
import { stopText, type Subscription } from './subscription';

// Forms need more code than a first look at a webhook.
const ReplaysTab = lazy(() => import('./one/replays-tab').then((tab) => ({ default: tab.ReplaysTab })));
const SettingsTab = lazy(() => import('./one/settings-tab').then((tab) => ({ default: tab.SettingsTab })));

const TABS: Readonly<Record<string, readonly [string, ComponentType<{ subscription: Subscription }>]>> = {
  deliveries: ['Deliveries', DeliveriesTab],
  'dead-letters': ['Dead letters', DeadLettersTab],
  lanes: ['Lanes and cursors', LanesTab],
  explain: ['Explain', ExplainTab],
  replays: ['Replays', ReplaysTab],
  metrics: ['Metrics', MetricsTab],
  settings: ['Settings', SettingsTab],
};

/** Everything of one webhook. */
export function WebhookPage() {
  const { subscriptionId } = useParams({ from: '/webhooks/$subscriptionId' });
  const { tab = 'deliveries' } = useSearch({ from: '/webhooks/$subscriptionId' });
  const navigate = useNavigate();
  const { data: subscription, error } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}',
    { params: { path: { subscriptionId } } },
    { refetchInterval: 5_000 },
  );
  const { data: metrics } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/metrics',
    { params: { path: { subscriptionId }, query: { period: '1h' } } },
    { refetchInterval: 10_000 },
  );
  const stopped = subscription && stopText(subscription);
  return (
    <>
      <PageHeader
        title="Webhook"
        mark={
          <>
            {subscription && <StatusBadge status={subscription.status} />}
            {metrics?.oldestUndeliveredAt !== undefined && <StatusBadge status="failing" />}
          </>
        }
        description={
          <>
            <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
              {subscription?.callbackUrl ?? ' '}
            </Text>
            <Identifier value={subscriptionId} label="webhook id" />
          </>
        }
      >
        {subscription && <WebhookActs subscription={subscription} />}
      </PageHeader>
      <ProblemNotice error={error} />
      {stopped !== undefined && (
        <Alert color="yellow" variant="light" mb="md" role="status">
          {stopped}
        </Alert>
      )}
      {subscription && metrics && <TroubleNotice id={subscriptionId} metrics={metrics} />}
      {subscription && (
        <Tabs
          value={tab in TABS ? tab : 'deliveries'}
          // Filters of one tab mean nothing to another.
          onChange={(chosen) => void navigate({ to: '.', search: { tab: chosen ?? undefined } })}
          keepMounted={false}
        >
          <Tabs.List mb="md" aria-label="Parts of this webhook">
            {Object.entries(TABS).map(([value, [label]]) => (
              <Tabs.Tab key={value} value={value}>
                {label}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          {Object.entries(TABS).map(([value, [, Tab]]) => (
            <Tabs.Panel key={value} value={value}>
              <Suspense fallback={<Skeleton height={240} />}>
                <Tab subscription={subscription} />
              </Suspense>
            </Tabs.Panel>
          ))}
        </Tabs>
      )}
    </>
  );
}

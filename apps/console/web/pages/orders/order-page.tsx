import { Alert, Grid, SegmentedControl, Stack } from '@mantine/core';
import { useParams, useSearch } from '@tanstack/react-router';
import { api } from '../../api/client';
import { useFilters } from '../../parts/filters';
import { PageHeader } from '../../parts/page-header';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { AsOfSlider } from './as-of-slider';
import { CauseGraph } from './cause-graph';
import { EventPanel } from './event-panel';
import { OrderFacts } from './order-facts';
import { RelatedPages } from './related-pages';
import { until } from './story';
import { Timeline } from './timeline';
import './story.css';

const VIEWS = [
  { value: 'timeline', label: 'Timeline' },
  { value: 'causes', label: 'Causes' },
];
const REFRESH_MS = 3_000;

/** The story of one order: all that happened, why, what it changed, and who was told. */
export function OrderPage() {
  const { orderId } = useParams({ from: '/orders/$orderId' });
  const { asOf, event: chosen, view = 'timeline' } = useSearch({ from: '/orders/$orderId' });
  const [, change] = useFilters();
  const { data: story, error } = api.useQuery(
    'get',
    '/v1/orders/{orderId}/story',
    { params: { path: { orderId } } },
    // What is past does not change.
    { refetchInterval: asOf === undefined ? REFRESH_MS : false },
  );
  const events = until(story?.nodes ?? [], asOf);
  const selected = story?.nodes.find(({ eventId }) => eventId === chosen);
  const choose = (eventId: string) => change({ event: eventId === chosen ? undefined : eventId });

  return (
    <>
      <PageHeader title={`Order ${orderId}`} mark={story && <StatusBadge status={story.status} />} />
      <ProblemNotice error={error} />
      {story && (
        <Grid gap="lg">
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <Stack>
              <RelatedPages story={story} />
              <OrderFacts order={story.order} asOf={asOf} />
              <AsOfSlider
                times={story.nodes.map(({ occurredAt }) => occurredAt)}
                asOf={asOf}
                pick={(asOf) => change({ asOf })}
              />
              <SegmentedControl
                data={VIEWS}
                value={view}
                onChange={(view) => change({ view: view === 'timeline' ? undefined : view })}
                aria-label="How to show the story"
                style={{ alignSelf: 'flex-start' }}
              />
              {story.truncated && (
                <Alert color="yellow" title="This story is longer than one page can show">
                  The log has all of it.
                </Alert>
              )}
              {view === 'causes' ? (
                <CauseGraph events={events} selected={chosen} choose={choose} />
              ) : (
                <Timeline story={story} events={events} selected={chosen} choose={choose} />
              )}
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <EventPanel story={story} event={selected} choose={choose} />
          </Grid.Col>
        </Grid>
      )}
    </>
  );
}

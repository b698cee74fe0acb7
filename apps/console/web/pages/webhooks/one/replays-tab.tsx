import { Group, Progress, Stack, Text } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { api } from '../../../api/client';
import { useScope } from '../../../app/session';
import { ActButton } from '../../../parts/act-button';
import { type Column, DataTable } from '../../../parts/data-table';
import { DialogButton } from '../../../parts/dialog-button';
import { shortId } from '../../../parts/identifier';
import { percentText, rateText } from '../../../parts/numbers';
import { Pager } from '../../../parts/pager';
import { StatusBadge } from '../../../parts/status-badge';
import { durationText, TimeText } from '../../../parts/time-text';
import { EventTypeList } from '../list/rows';
import { cancelReplay } from '../subscription-acts';
import type { Replay, Subscription } from '../subscription';
import { ReplayForm } from './replay-form';

const STATE: Column<Replay> = { header: 'State', cell: ({ state }) => <StatusBadge status={state} /> };

const COLUMNS: readonly Column<Replay>[] = [
  { header: 'Progress', cell: (replay) => <ReplayProgress {...replay} /> },
  { header: 'Speed', cell: ({ rate }) => rateText(rate), isNumber: true },
  {
    header: 'Event types',
    cell: ({ eventTypes }) => (eventTypes ? <EventTypeList types={eventTypes} /> : 'all of the webhook'),
  },
  { header: 'Address', cell: ({ callbackUrl }) => callbackUrl ?? 'the webhook’s' },
  { header: 'Started', cell: ({ createdAt }) => <TimeText at={createdAt} /> },
  {
    header: 'Ended',
    cell: ({ finishedAt }) => (finishedAt === undefined ? '–' : <TimeText at={finishedAt} />),
  },
  {
    header: 'Replay',
    cell: ({ replayId }) => (
      <span className="id" title={replayId}>
        {shortId(replayId)}
      </span>
    ),
  },
];

const ACTS: Column<Replay> = {
  header: 'Act',
  cell: ({ state, subscriptionId, replayId }) =>
    state === 'running' && (
      <ActButton
        label="Cancel"
        said="The replay is cancelled."
        act={() => cancelReplay(subscriptionId, replayId)}
        explanation="No further delivery of it starts, and its dead letters are deleted. Start another one to go on."
      />
    ),
};

function ReplayProgress({ state, done, total, rate }: Replay) {
  const part = total === 0 ? 1 : done / total;
  const left =
    state === 'running' && rate > 0 ? `, about ${durationText(((total - done) / rate) * 1_000)} left` : '';
  return (
    <Stack gap={2} miw={140}>
      <Progress
        value={part * 100}
        aria-label="Progress of the replay"
        {...(state === 'cancelled' && { color: 'gray' })}
      />
      <Text size="xs">
        {percentText(part)}
        {left}
      </Text>
    </Stack>
  );
}

/** Old events that are sent again. */
export function ReplaysTab({ subscription: { subscriptionId } }: { readonly subscription: Subscription }) {
  const { pageToken } = useSearch({ from: '/webhooks/$subscriptionId' });
  const mayAct = useScope('webhooks:write');
  const { data, error } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/replays',
    {
      params: {
        path: { subscriptionId },
        query: { limit: 50, ...(pageToken !== undefined && { pageToken }) },
      },
    },
    {
      refetchInterval: ({ state }) =>
        state.data?.items.some(({ state }) => state === 'running') ? 1_000 : 5_000,
    },
  );
  return (
    <>
      <Group justify="space-between" mb="sm">
        <Text size="sm" c="dimmed" maw={640}>
          A replay sends old events again, with the settings that the webhook has now. Live deliveries go on
          beside it.
        </Text>
        {mayAct && (
          <DialogButton label="Start a replay" variant="filled">
            {(close) => <ReplayForm id={subscriptionId} close={close} />}
          </DialogButton>
        )}
      </Group>
      <DataTable
        label="Replays"
        columns={mayAct ? [STATE, ACTS, ...COLUMNS] : [STATE, ...COLUMNS]}
        rows={data?.items}
        rowKey={({ replayId }) => replayId}
        error={error}
        empty="There was none. Start one to send old events, for example after the receiver lost some."
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}

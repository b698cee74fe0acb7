import { Checkbox, Group, Text } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '../../../api/client';
import { useScope } from '../../../app/session';
import { ActButton } from '../../../parts/act-button';
import { type Column, DataTable } from '../../../parts/data-table';
import { shortId } from '../../../parts/identifier';
import { countText, pluralText } from '../../../parts/numbers';
import { Pager } from '../../../parts/pager';
import { TimeText } from '../../../parts/time-text';
import { attemptErrorText } from '../deliveries/attempt-error';
import { redrivenText, skippedText } from '../released-text';
import { redriveDeadLetters, skipDeadLetters } from '../subscription-acts';
import { LaneText } from './lane-text';
import type { DeadLetter, Subscription } from '../subscription';
import { DeliveryLink, ExplainLink } from './tab-link';

const REPLAY: Column<DeadLetter> = {
  header: 'Replay',
  cell: ({ replayId = '' }) => <span title={replayId}>{shortId(replayId)}</span>,
};

const columnsOf = (id: string): readonly Column<DeadLetter>[] => [
  {
    header: 'Event',
    cell: ({ eventId }) => <DeliveryLink id={id} eventId={eventId} />,
  },
  {
    header: 'Why',
    cell: ({ eventId }) => (
      <ExplainLink id={id} eventId={eventId}>
        Explain
      </ExplainLink>
    ),
  },
  { header: 'Type', cell: ({ eventType }) => eventType },
  {
    header: 'Last error',
    cell: ({ lastError }) => (lastError === undefined ? '–' : attemptErrorText(lastError)),
  },
  { header: 'Attempts', cell: ({ attempts }) => attempts, isNumber: true },
  { header: 'Since', cell: ({ parkedAt }) => <TimeText at={parkedAt} /> },
  { header: 'Parked behind', cell: ({ heldBehind }) => countText(heldBehind), isNumber: true },
  { header: 'Lane', cell: ({ lane }) => <LaneText lane={lane} /> },
  { header: 'Position', cell: ({ position }) => position },
];

type Mark = (eventIds: readonly string[], isMarked: boolean) => void;

const selectionOf = (marked: ReadonlySet<string>, mark: Mark): Column<DeadLetter> => ({
  header: 'Selected',
  cell: ({ eventId }) => (
    <Checkbox
      size="xs"
      aria-label={`Select ${shortId(eventId)}`}
      checked={marked.has(eventId)}
      onChange={({ currentTarget }) => mark([eventId], currentTarget.checked)}
    />
  ),
});

interface TabProps {
  readonly subscription: Subscription;
}

/** Deliveries that ran out of attempts, which wait for a person. */
export function DeadLettersTab({ subscription: { subscriptionId } }: TabProps) {
  const { pageToken } = useSearch({ from: '/webhooks/$subscriptionId' });
  const { data, error } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/dead-letters',
    {
      params: {
        path: { subscriptionId },
        query: { limit: 100, ...(pageToken !== undefined && { pageToken }) },
      },
    },
    { refetchInterval: 5_000 },
  );
  const mayAct = useScope('webhooks:write');
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const ids = [...new Set(data?.items.map(({ eventId }) => eventId))];
  // One that is gone since it was marked, or is on another page, is not acted on.
  const selected = ids.filter((id) => marked.has(id));
  const mark: Mark = (changed, isMarked) =>
    setMarked(new Set(isMarked ? [...selected, ...changed] : selected.filter((id) => !changed.includes(id))));
  const hasReplays = data?.items.some(({ replayId }) => replayId !== undefined);
  const columns = [...columnsOf(subscriptionId), ...(hasReplays ? [REPLAY] : [])];
  return (
    <>
      <Text size="sm" c="dimmed" mb="xs">
        Their attempts ran out. Mend the endpoint and redrive them, or skip what it will never take.
      </Text>
      {mayAct && ids.length > 0 && (
        <Group mb="sm" gap="xs">
          <Checkbox
            size="xs"
            label="Select this page"
            checked={selected.length === ids.length}
            indeterminate={selected.length > 0 && selected.length < ids.length}
            onChange={({ currentTarget }) => mark(ids, currentTarget.checked)}
          />
          <SelectionActs id={subscriptionId} ids={selected} />
          <AllActs id={subscriptionId} />
        </Group>
      )}
      <DataTable
        label="Dead letters"
        columns={mayAct ? [selectionOf(marked, mark), ...columns] : columns}
        rows={data?.items}
        rowKey={({ eventId, replayId = '' }) => `${eventId} ${replayId}`}
        error={error}
        empty="None: no delivery has run out of attempts."
      />
      <Pager nextPageToken={data?.nextPageToken} />
    </>
  );
}

function SelectionActs({ id, ids }: { readonly id: string; readonly ids: string[] }) {
  const what = pluralText(ids.length, 'dead letter');
  const isNone = ids.length === 0;
  return (
    <>
      <ActButton
        label={isNone ? 'Redrive selected' : `Redrive ${countText(ids.length)}`}
        said={redrivenText}
        variant="filled"
        disabled={isNone}
        act={() => redriveDeadLetters(id, { ids })}
        explanation={`${what} will be sent with a full set of attempts, and then everything parked behind them, in order.`}
      />
      <ActButton
        label={isNone ? 'Skip selected' : `Skip ${countText(ids.length)}`}
        said={skippedText}
        disabled={isNone}
        act={() => skipDeadLetters(id, { ids })}
        typed="skip"
        explanation={`${what} will never be delivered. Everything parked behind them is sent at once. Nobody can undo this.`}
      />
    </>
  );
}

function AllActs({ id }: { readonly id: string }) {
  return (
    <>
      <ActButton
        label="Redrive all"
        said={redrivenText}
        act={() => redriveDeadLetters(id, { all: true })}
        explanation="All dead letters of this webhook, also those on other pages, will be sent with a full set of attempts, and then everything parked behind them, in order."
      />
      <ActButton
        label="Skip all"
        said={skippedText}
        color="red"
        variant="light"
        act={() => skipDeadLetters(id, { all: true })}
        typed="skip all"
        explanation="No dead letter of this webhook will ever be delivered, those on other pages included. Everything parked behind them is sent at once. Nobody can undo this."
      />
    </>
  );
}

import { api } from '../../../api/client';

/** A test is looked for among the latest deliveries, where it appears with its first attempt. */
export function useDeliveryOf(subscriptionId: string, eventId: string | undefined) {
  const { data, error } = api.useQuery(
    'get',
    '/v1/webhook-subscriptions/{subscriptionId}/deliveries',
    { params: { path: { subscriptionId }, query: { limit: 1, ...(eventId !== undefined && { eventId }) } } },
    {
      enabled: eventId !== undefined,
      refetchInterval: ({ state }) => (state.data?.items.length ? false : 1_000),
    },
  );
  return { delivery: data?.items.find((delivery) => delivery.eventId === eventId), error };
}

import { Stack, Title } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useScope, useSession } from '../../app/session';
import { ChoiceFilter, FilterBar } from '../../parts/filters';
import { PageHeader } from '../../parts/page-header';
import { AllInReview } from './all-in-review';
import { PAYMENT_STATUSES } from './payment';
import { PaymentList } from './payment-list';

export function PaymentsPage() {
  const isOperator = useScope('operator');
  const session = useSession();
  const { status, pageToken, tenant } = useSearch({ from: '/payments' });
  const isOverview = status === undefined && pageToken === undefined;
  return (
    <>
      <PageHeader title="Payments" description="Those in review wait for a person: approve or reject them." />
      <FilterBar names={['status']}>
        <ChoiceFilter name="status" label="Status" choices={PAYMENT_STATUSES} any="Any, in review first" />
      </FilterBar>
      {isOverview ? (
        <Stack gap="lg">
          <section>
            <Title order={2} size="h5" mb="xs">
              In review
            </Title>
            {isOperator ? (
              <AllInReview />
            ) : (
              <PaymentList label="Payments in review" status="in-review" isSample />
            )}
          </section>
          <section>
            <Title order={2} size="h5" mb="xs">
              {isOperator ? `All of ${tenant ?? session.tenant}` : 'All'}
            </Title>
            <PaymentList label="Payments" />
          </section>
        </Stack>
      ) : (
        <PaymentList label="Payments" status={status} pageToken={pageToken} />
      )}
    </>
  );
}

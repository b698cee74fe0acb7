import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { clampToInstant, systemClock } from '#libs/kernel';
import { NOTIFICATION_AGGREGATE } from '#libs/notifications';
import { notificationDocument } from '#libs/notifications/http';
import { PAYMENT_AGGREGATE, paymentDocument } from '#libs/payments';
import { type Page, RequiresScope } from '#libs/platform';
import { processDocument } from '#libs/processes/http';
import { readModelOf, ReadsYourWrites } from '#libs/projections/http';
import { AcrossTenantsRepository } from '#libs/projections/read-models';
import {
  type AllMailsQuery,
  allMailsQuerySchema,
  type AllPaymentsQuery,
  allPaymentsQuerySchema,
  type AllProcessesQuery,
  allProcessesQuerySchema,
  type TenantMail,
  tenantMailPageSchema,
  type TenantPayment,
  tenantPaymentPageSchema,
  type TenantProcess,
  tenantProcessPageSchema,
  timeOrderPages,
} from './across-tenants.schemas.js';

/** What needs an operator's look, of all tenants. Acts are those of the tenant, with `Orderstream-Tenant`. */
@ApiTags('Operations')
@RequiresScope('operator')
@Controller('v1/operations')
export class AcrossTenantsController {
  constructor(private readonly rows: AcrossTenantsRepository) {}

  @Get('processes')
  @ReadsYourWrites(readModelOf(PROCESS_AGGREGATE), tenantProcessPageSchema)
  @ApiOperation({
    operationId: 'listProcessesOfAll',
    summary: 'List processes of all tenants that are not over, the longest without progress first',
  })
  async processes(
    @Query({ schema: allProcessesQuerySchema }) query: AllProcessesQuery,
  ): Promise<Page<TenantProcess>> {
    const { limit, pageToken, state, tenant, olderThanMs } = query;
    const now = systemClock.now();
    const updatedTo = olderThanMs === undefined ? undefined : clampToInstant(now - olderThanMs);
    const after = timeOrderPages.decode(pageToken);
    const found = await this.rows.processes({ limit, after, state, tenant, updatedTo });
    return timeOrderPages.page(
      found,
      (stream): TenantProcess => ({
        tenant: stream.tenant,
        ...processDocument(stream),
        ageMs: ageOf(stream.updatedAt, now),
      }),
      ({ updatedAt, processId }) => ({ at: updatedAt, key: processId }),
    );
  }

  @Get('payments')
  @ReadsYourWrites(readModelOf(PAYMENT_AGGREGATE), tenantPaymentPageSchema)
  @ApiOperation({
    operationId: 'listPaymentsInReview',
    summary: 'List payments of all tenants that wait for a decision, the longest wait first',
  })
  async payments(
    @Query({ schema: allPaymentsQuerySchema }) { limit, pageToken, tenant }: AllPaymentsQuery,
  ): Promise<Page<TenantPayment>> {
    const now = systemClock.now();
    const after = timeOrderPages.decode(pageToken);
    const found = await this.rows.paymentsInReview({ limit, after, tenant });
    return timeOrderPages.page(
      found,
      (stream): TenantPayment => {
        const { refunds, ...payment } = paymentDocument(stream);
        const ageMs = ageOf(stream.updatedAt, now);
        return { tenant: stream.tenant, ...payment, refunds: [...refunds], ageMs };
      },
      ({ orderId }, { updatedAt }) => ({ at: updatedAt, key: orderId }),
    );
  }

  @Get('notifications')
  @ReadsYourWrites(readModelOf(NOTIFICATION_AGGREGATE), tenantMailPageSchema)
  @ApiOperation({
    operationId: 'listNotificationsOfAll',
    summary: 'List mails to customers of all tenants, newest first',
  })
  async mails(
    @Query({ schema: allMailsQuerySchema }) { limit, pageToken, tenant, status }: AllMailsQuery,
  ): Promise<Page<TenantMail>> {
    const after = timeOrderPages.decode(pageToken);
    const found = await this.rows.mails({ limit, after, tenant, status });
    return timeOrderPages.page(
      found,
      (stream): TenantMail => ({ tenant: stream.tenant, ...notificationDocument(stream) }),
      ({ sentAt, notificationId }) => ({ at: sentAt, key: notificationId }),
    );
  }
}

const ageOf = (time: string, now: number): number => Math.max(0, now - Date.parse(time));

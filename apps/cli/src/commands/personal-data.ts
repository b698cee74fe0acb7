import { Command } from 'commander';
import { CustomerKeyRepository } from '#libs/personal-data/postgres';
import { audited } from '../audited.js';
import { cliSettings, print } from '../cli-settings.js';
import { withDatabase } from '../resources.js';
import { parseTenant } from '../tenant-name.js';

export const forgetCommand = (): Command =>
  new Command('forget')
    .description(
      'destroy the key of a customer, after which nobody can read their name, e-mail address and postal addresses any more: ' +
        'not in the log, which stays as it is, and not in answers, exports, replays or rebuilt read models',
    )
    .argument('<customerId>', 'the id that orders and carts name')
    .option(
      '--tenant <tenant>',
      'whose customer it is; needed if several tenants have one of this id',
      parseTenant,
    )
    .action(async (customerId: string, { tenant: given }: { tenant?: string }) => {
      const settings = cliSettings();
      const tenant = given ?? (await onlyTenantWith(customerId));
      const object = { kind: 'customer', id: customerId };
      await audited(
        settings,
        { act: 'personal-data.forgotten', command: 'forget', tenant, object },
        async (prisma) => {
          const isDone = await new CustomerKeyRepository(prisma, []).destroy({ tenant, customerId });
          if (!isDone) throw new Error(unknownCustomer(customerId, tenant));
          print(
            `customer ${customerId} of tenant ${tenant} is forgotten: running apps stop showing their data now, at the latest ` +
              'within a minute. See docs/personal-data.md for what this cannot reach.',
          );
        },
      );
    });

export const personalDataCommand = (): Command =>
  new Command('personal-data').description('manage the keys under which personal data is sealed').addCommand(
    new Command('rewrap')
      .description(
        'encrypt the keys of all customers under the first key of PERSONAL_DATA_KEY, after which the others can go',
      )
      .action(async () => {
        const settings = cliSettings();
        const { keys } = settings.personalData;
        if (keys.length === 0) throw new Error('PERSONAL_DATA_KEY is not set');
        await audited(
          settings,
          { act: 'personal-data.rewrapped', command: 'personal-data rewrap' },
          async (prisma) => {
            const count = await new CustomerKeyRepository(prisma, keys).rewrap();
            print(`the keys of ${count} customers are encrypted under the first key of PERSONAL_DATA_KEY`);
          },
        );
      }),
  );

async function onlyTenantWith(customerId: string): Promise<string> {
  const tenants = await withDatabase(cliSettings(), (prisma) =>
    new CustomerKeyRepository(prisma, []).tenantsOf(customerId),
  );
  const [tenant, ...others] = tenants;
  if (tenant === undefined) throw new Error(unknownCustomer(customerId));
  if (others.length > 0)
    throw new Error(
      `several tenants have a customer ${customerId}: name one with --tenant (${tenants.join(', ')})`,
    );
  return tenant;
}

const unknownCustomer = (customerId: string, tenant?: string): string =>
  `there is no sealed data of a customer ${customerId}${tenant === undefined ? '' : ` of tenant ${tenant}`}. ` +
  'Either nothing of theirs came after PERSONAL_DATA_KEY was set, or they are forgotten already.';

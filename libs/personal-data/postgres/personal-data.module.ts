import { Global, Module } from '@nestjs/common';
import { type DataKeyStore, KeyRing, PersonalData } from '#libs/personal-data/sealing';
import { databaseUnavailable, Readiness, SEALED_TEXTS, SETTINGS, type Settings } from '#libs/platform';
import { DatabaseNotices, isDatabaseOutage, PrismaService } from '#libs/postgres';
import { CustomerKeyRepository, DESTROYED_KEY_CHANNEL } from './customer-key.repository.js';

/** @throws what clients are told while the database is away */
function refuseForNow(error: unknown): never {
  throw isDatabaseOutage(error) ? databaseUnavailable(error) : error;
}

function openPersonalData(
  { personalData: { keys } }: Settings,
  prisma: PrismaService,
  notices: DatabaseNotices,
  readiness: Readiness,
): PersonalData {
  if (keys.length === 0) return new PersonalData(null);
  const repository = new CustomerKeyRepository(prisma, keys);
  const store: DataKeyStore = {
    keysOf: (customers) => repository.keysOf(customers).catch(refuseForNow),
    keysById: (ids) => repository.keysById(ids).catch(refuseForNow),
  };
  const personalData = new PersonalData(new KeyRing(store));
  readiness.add('personal-data', () => repository.check());
  notices.listen(DESTROYED_KEY_CHANNEL, (keyId) => personalData.forgotten(keyId));
  return personalData;
}

/** Seals and opens the personal data of customers, with keys in the database. Answers are opened by themselves. */
@Global()
@Module({
  providers: [
    {
      provide: PersonalData,
      inject: [SETTINGS, PrismaService, DatabaseNotices, Readiness],
      useFactory: openPersonalData,
    },
    { provide: SEALED_TEXTS, useExisting: PersonalData },
  ],
  exports: [PersonalData, SEALED_TEXTS],
})
export class PersonalDataModule {}

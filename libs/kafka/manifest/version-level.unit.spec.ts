import { LogManifest, parseEntry, versionEntry } from './log-manifest.js';
import { deployRefusal, levelToDeploy, outdatedBy, VERSION_LEVEL } from './version-level.js';

const own = { level: 3, oldest: 2 };

describe('a version', () => {
  it.each([
    [undefined, undefined],
    [{ level: 2, oldest: 1 }, undefined],
    [{ level: 3, oldest: 2 }, undefined],
    [{ level: 4, oldest: 3 }, undefined],
    [{ level: 5, oldest: 4 }, 'needs level 4'],
  ])('may run with what was deployed unless that needs a newer one: %j', (deployed, refusal) => {
    const found = outdatedBy(deployed, own);
    if (refusal === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(refusal);
  });

  it.each([
    [undefined, undefined],
    [{ level: 3, oldest: 2 }, undefined],
    [{ level: 4, oldest: 3 }, 'without deploying'],
    [{ level: 5, oldest: 4 }, 'needs level 4'],
  ])('is deployed over the same or an older one only: %j', (deployed, refusal) => {
    const found = deployRefusal(deployed, own);
    if (refusal === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(refusal);
  });

  it('is written down in the manifest', () => {
    const { key, value } = versionEntry(own);
    const entry = parseEntry(key, JSON.stringify(value));
    expect(LogManifest.of(entry ? [entry] : []).version).toEqual(own);
    expect(parseEntry(key, '{"level": "high"}')).toBeUndefined();
    expect(LogManifest.of([versionEntry(own)]).entries).toEqual([versionEntry(own)]);
  });

  it('excludes versions that cannot open personal data, once some is sealed, and for good', () => {
    const before = { level: 1, oldest: 0 };
    expect(levelToDeploy(before, false)).toEqual(VERSION_LEVEL);
    const sealing = levelToDeploy(before, true);
    expect(outdatedBy(sealing, before)).toContain('too old');
    expect(outdatedBy(sealing)).toBeUndefined();
    expect(levelToDeploy(sealing, false)).toEqual(sealing);
  });

  it('can run beside itself', () => {
    expect(outdatedBy(VERSION_LEVEL)).toBeUndefined();
    expect(VERSION_LEVEL.oldest).toBeLessThanOrEqual(VERSION_LEVEL.level);
  });
});

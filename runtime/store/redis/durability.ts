import type { Client } from './scripts.ts'

/** One line about what Redis's own settings mean for what is stored. */
export async function describeDurability(client: Client): Promise<string> {
  const names = ['appendonly', 'appendfsync', 'save', 'maxmemory-policy']
  let settings: (string | undefined)[]
  try {
    settings = await Promise.all(names.map((name) => setting(client, name)))
  } catch {
    return 'redis: its settings cannot be read (CONFIG is forbidden), so durability is as they promise'
  }
  const [appendOnly, fsync, save, eviction] = settings
  const parts = [
    appendOnly === 'yes' ? appendOnlyMeans(fsync) : snapshotsMean(save),
    'a failover may lose what the replica has not got yet',
  ]
  if (eviction !== undefined && eviction !== 'noeviction') {
    parts.push(`WARNING: maxmemory-policy ${eviction} may evict what is stored; set noeviction`)
  }
  return `redis: ${parts.join('; ')}`
}

function appendOnlyMeans(fsync: string | undefined): string {
  switch (fsync) {
    case 'always':
      return 'appendonly yes, appendfsync always: an answer survives kill and power loss'
    case 'no':
      return 'appendonly yes, appendfsync no: an answer survives kill; power loss may lose seconds'
    default:
      return `appendonly yes, appendfsync ${fsync}: an answer survives kill; ` +
        'power loss may lose the last second'
  }
}

function snapshotsMean(save: string | undefined): string {
  return save
    ? `WARNING: appendonly no, save "${save}": a crash loses everything since the last snapshot`
    : 'WARNING: appendonly no, no snapshots: a crash loses everything'
}

async function setting(client: Client, name: string): Promise<string | undefined> {
  const reply = await client.call('CONFIG', 'GET', name) as string[]
  return reply[1]
}

--[[
  Applies changes to the catalogue in order: all or none.
  KEYS[1...24] four for each kind, in the order of their numbers from 1:
    bodies     hash  by id
    keys       hash  by id
    revisions  hash  by id
    ids        hash  by key
  KEYS[25] done  string  there if these very changes were applied before

  ARGV[1] milliseconds for which to remember that they were
  ARGV[2...] six for each change: operation (insert, update, delete), number of the kind, id, key, body,
    revision; '' for what the operation has not

  Returns 0 applied, the number of a change from 1 if its key or id is taken, or its negative if the
  entry has another revision
]]
if redis.call('EXISTS', KEYS[25]) == 1 then return 0 end

-- What the changes so far would have made of fields; false is none.
local seen = {}
local function get(hash, field)
  local fields = seen[hash] or {}
  seen[hash] = fields
  if fields[field] == nil then fields[field] = redis.call('HGET', hash, field) end
  return fields[field]
end
local function set(hash, field, value)
  get(hash, field)
  seen[hash][field] = value
end

for i = 2, #ARGV, 6 do
  local operation, kind, id, key, body, revision = unpack(ARGV, i, i + 5)
  local number = (i - 2) / 6 + 1
  local first = (kind - 1) * 4
  local bodies, keys, revisions, ids = KEYS[first + 1], KEYS[first + 2], KEYS[first + 3], KEYS[first + 4]
  local old = get(keys, id)
  if operation == 'insert' then
    if old or get(ids, key) then return number end
    revision = '0'
  else
    if get(revisions, id) ~= revision then return -number end
    local holder = operation == 'update' and get(ids, key)
    if holder and holder ~= id then return number end
    set(ids, old, false)
  end
  if operation == 'delete' then
    set(bodies, id, false)
    set(keys, id, false)
    set(revisions, id, false)
  else
    set(bodies, id, body)
    set(keys, id, key)
    set(revisions, id, string.format('%.0f', revision + 1))
    set(ids, key, id)
  end
end

for hash, fields in pairs(seen) do
  for field, value in pairs(fields) do
    if value then
      redis.call('HSET', hash, field, value)
    else
      redis.call('HDEL', hash, field)
    end
  end
end
redis.call('SET', KEYS[25], '1', 'PX', ARGV[1])
return 0

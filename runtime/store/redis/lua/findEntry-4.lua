--[[
  Finds an entry of the catalogue by its id or its key.
  KEYS[1] bodies     hash  by id
  KEYS[2] keys       hash  by id
  KEYS[3] revisions  hash  by id
  KEYS[4] ids        hash  by key

  ARGV[1] the id, or ''        ARGV[2] the key, if there is no id

  Returns id, key, body and revision, or nothing
]]
local id = ARGV[1]
if id == '' then id = redis.call('HGET', KEYS[4], ARGV[2]) end
local key = id and redis.call('HGET', KEYS[2], id)
if not key then return {} end
return { id, key, redis.call('HGET', KEYS[1], id), redis.call('HGET', KEYS[3], id) }

--[[
  Lists all entries of a kind.
  KEYS[1] bodies     hash  by id
  KEYS[2] keys       hash  by id
  KEYS[3] revisions  hash  by id

  Returns id, key, body and revision of each, one after another
]]
local entries = {}
for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
  entries[#entries + 1] = id
  entries[#entries + 1] = redis.call('HGET', KEYS[2], id)
  entries[#entries + 1] = redis.call('HGET', KEYS[1], id)
  entries[#entries + 1] = redis.call('HGET', KEYS[3], id)
end
return entries

--[[
  Takes a shard that nobody else holds, under a new epoch.
  KEYS[1] fence  string  EPOCH:TURN, the last that was committed
  KEYS[2] lease  string  owner, expires

  ARGV[1] owner        ARGV[2] milliseconds for which to hold it

  Returns the epoch, 0 if another holds it
]]
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return 0 end
local epoch = tonumber(string.match(redis.call('GET', KEYS[1]) or '0:0', '^%d+')) + 1
redis.call('SET', KEYS[1], string.format('%.0f:0', epoch))
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return epoch

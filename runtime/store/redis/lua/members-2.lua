--[[
  Forgets members whose heartbeats ran out and lists the others.
  KEYS[1] expiries  zset  when members' heartbeats run out, ms since the epoch by this server's clock
  KEYS[2] members   hash  descriptions by id, JSON

  Returns the descriptions
]]
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
return redis.call('HVALS', KEYS[2])

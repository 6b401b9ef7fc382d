--[[
  Says that a member is alive, or that it leaves.
  KEYS[1] expiries  zset  when members' heartbeats run out, ms since the epoch by this server's clock
  KEYS[2] members   hash  descriptions by id, JSON

  ARGV[1] id        ARGV[2] milliseconds, 0 to leave        ARGV[3] description

  Returns 1
]]
if ARGV[2] == '0' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
  return 1
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
return 1

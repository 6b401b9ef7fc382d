--[[
  Writes a turn of a shard, if it is its owner's next.
  KEYS[1] fence       string  EPOCH:TURN, the last that was committed
  KEYS[2] executions  hash    bodies by id
  KEYS[3] tasks       hash    bodies by id
  KEYS[4] actions     hash    bodies by id
  KEYS[5] payloads    hash    texts by ID:FIELD
  KEYS[6] indexes     zset    INDEX \0 OWNER \0 ID, score 0
  KEYS[7] timers      zset    keys by due time
  KEYS[8] mailbox     stream  letters: one field, body
  KEYS[9] replies     prefix of strings: answers by askId

  ARGV[1] epoch                    ARGV[2] turn
  ARGV[3] id of the first letter to keep, '' for all
  ARGV[4] milliseconds for which replies are kept
  ARGV[5] channel for wakes        ARGV[6] the askIds answered, JSON
  ARGV[7...18] how many arguments follow for each of, in this order:
    ids to delete of executions, tasks, actions, payloads; ids and bodies to put in the same four;
    index members to remove; scores and members to add; timers to clear; due times and keys to set
  ARGV[19] how many for askIds and bodies of replies
  ARGV[20...] those arguments

  Returns 1 committed, 0 another epoch, -1 this turn was committed before, -2 turns before it are missing
]]
local last = redis.call('GET', KEYS[1])
if last ~= ARGV[1] .. ':' .. string.format('%.0f', ARGV[2] - 1) then
  local epoch, turn = string.match(last or '0:0', '^(%d+):(%d+)$')
  if epoch ~= ARGV[1] or epoch == '0' then return 0 end
  if tonumber(ARGV[2]) <= tonumber(turn) then return -1 end
  return -2
end

-- Even, so that pairs stay together; below the size of Lua's stack.
local CHUNK = 7000
local position = 20
local function call(command, key, count)
  local final = position + count - 1
  for from = position, final, CHUNK do
    redis.call(command, key, unpack(ARGV, from, math.min(from + CHUNK - 1, final)))
  end
  position = final + 1
end

redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2])
for i = 0, 3 do call('HDEL', KEYS[2 + i], ARGV[7 + i]) end
for i = 0, 3 do call('HSET', KEYS[2 + i], ARGV[11 + i]) end
call('ZREM', KEYS[6], ARGV[15])
call('ZADD', KEYS[6], ARGV[16])
call('ZREM', KEYS[7], ARGV[17])
call('ZADD', KEYS[7], ARGV[18])
if ARGV[3] ~= '' then redis.call('XTRIM', KEYS[8], 'MINID', ARGV[3]) end
if ARGV[19] ~= '0' then
  for i = position, position + ARGV[19] - 1, 2 do
    redis.call('SET', KEYS[9] .. ARGV[i], ARGV[i + 1], 'PX', ARGV[4])
  end
  redis.call('PUBLISH', ARGV[5], ARGV[6])
end
return 1

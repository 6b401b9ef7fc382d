--[[
  Prolongs a lease that is still the owner's.
  KEYS[1] fence  string  EPOCH:TURN, the last that was committed
  KEYS[2] lease  string  owner, expires

  ARGV[1] owner        ARGV[2] epoch
  ARGV[3] milliseconds for which to hold it from now; 0 gives it up

  Returns 1 done, 0 it is not the owner's
]]
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if string.match(redis.call('GET', KEYS[1]) or '', '^%d+') ~= ARGV[2] then return 0 end
if ARGV[3] == '0' then
  redis.call('DEL', KEYS[2])
else
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
return 1

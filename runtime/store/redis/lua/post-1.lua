--[[
  Appends letters to a mailbox and wakes who watches it.
  KEYS[1] mailbox  stream  letters: one field, body

  ARGV[1] channel for wakes
  ARGV[2...] bodies

  Returns 1
]]
for i = 2, #ARGV do redis.call('XADD', KEYS[1], '*', 'body', ARGV[i]) end
redis.call('PUBLISH', ARGV[1], '')
return 1

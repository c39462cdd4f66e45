-- SPDX-License-Identifier: MIT
-- kick.lua - notes whom an administrator has disconnected, and announces it. When
-- there are too many, those that end soonest are dropped for it.
--
-- KEYS   1 the kicks: a sorted set by the time at which each ends (ms)
-- ARGV   1 the kick, as kick.h has it  2 ms that it lasts; 0: it ends now
--        3 pub/sub channel  4 how many there may be
-- Reply  {processes that got the announcement, kicks that were dropped}
--
-- Whole lines of comment are left out of the program.

local kicks, kick, ms = KEYS[1], ARGV[1], tonumber(ARGV[2])
local call = redis.call
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local over = 0

call('ZREMRANGEBYSCORE', kicks, '-inf', now)
call('ZREM', kicks, kick)
if ms > 0 then
  over = math.max(0, call('ZCARD', kicks) + 1 - ARGV[4])
  if over > 0 then call('ZREMRANGEBYRANK', kicks, 0, over - 1) end
  call('ZADD', kicks, string.format('%.0f', now + ms), kick)
  local last = call('ZRANGE', kicks, -1, -1, 'WITHSCORES')
  call('EXPIRE', kicks, math.ceil((last[2] - now) / 1000))
end
return {call('PUBLISH', ARGV[3], 'kick ' .. ARGV[2] .. ' ' .. kick), over}

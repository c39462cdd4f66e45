-- SPDX-License-Identifier: MIT
-- kicks.lua - reads whom an administrator has disconnected. Changes nothing.
--
-- KEYS   1 the kicks (kick.lua)
-- ARGV   1 how many at most; those that last longest are taken
-- Reply  kick, ms that it still lasts, kick, ms, ...
--
-- Whole lines of comment are left out of the program.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found = redis.call('ZRANGE', KEYS[1], '+inf',
  '(' .. string.format('%.0f', now), 'BYSCORE', 'REV', 'LIMIT', 0, ARGV[1],
  'WITHSCORES')

for i = 2, #found, 2 do
  found[i] = string.format('%.0f', found[i] - now)
end
return found

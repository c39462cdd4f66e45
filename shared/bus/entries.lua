-- SPDX-License-Identifier: MIT
-- entries.lua - the ids of the processes that have an entry.
--
-- KEYS   1 index
-- ARGV   1 most ids
-- Reply  {the time of Redis in ms since 1970, ids: the last written first}
--
-- Whole lines of comment are left out of the program.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

-- a reader may have no right to write, or ask a replica
redis.pcall('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
return {now, redis.call('ZRANGE', KEYS[1], '+inf', '(' .. now, 'BYSCORE', 'REV',
                        'LIMIT', 0, tonumber(ARGV[1]))}

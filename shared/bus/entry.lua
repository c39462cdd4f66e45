-- SPDX-License-Identifier: MIT
-- entry.lua - writes the entry of a process, and its id into the index of all.
--
-- KEYS   1 entry  2 index
-- ARGV   1 id  2 JSON  3 life in s  4 ids that the index may have
-- Reply  the time of Redis in ms since 1970
--
-- Whole lines of comment are left out of the program.

local life = tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

redis.call('SET', KEYS[1], ARGV[2], 'EX', life)
redis.call('ZADD', KEYS[2], now + life * 1000, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -tonumber(ARGV[4]) - 1)
redis.call('EXPIRE', KEYS[2], 86400)
return now

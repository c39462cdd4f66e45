-- SPDX-License-Identifier: MIT
-- tip.lua - reads the last id of a channel. Changes nothing.
--
-- KEYS   1 log  2 tip
-- Reply  "<id>" or "<id> <cut> <cut> ...", as the tip key holds it (tip.h);
--        nil when nothing was ever published, or all trace of it expired
--
-- The last id is the later of the tip and the log's last entry: the tip key may
-- have been evicted, or be older than the log.
--
-- Whole lines of comment are left out of the program.

-- A value of another program is none.
local value = redis.pcall('GET', KEYS[2])
if type(value) == 'table' then value = false end
local id, cuts = string.match(value or '', '^(%d+%-%d+)([ %d-]*)$')

if #redis.call('XRANGE', KEYS[1], id and '(' .. id or '-', '+', 'COUNT', 1) > 0
then
  id = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][1]
end
return id and id .. (cuts or '')

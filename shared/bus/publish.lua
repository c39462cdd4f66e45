-- SPDX-License-Identifier: MIT
-- publish.lua - stores a message and announces it, in one step of Redis.
--
-- KEYS   1 log  2 tip  3 idempotency key (only when there is one)
-- ARGV   1 event  2 data  3 history.length  4 history.ttl (s)
--        5 pub/sub channel  6 publish.key_ttl (s)
-- Reply  {id, processes, seen, error}
--        processes: received the announcement
--        seen: 1 when the key was seen before; then nothing is stored
--        error: why a step after storing failed (an ACL may forbid PUBLISH or
--        SET), or ''. An error reply means that nothing is stored.
--
-- Whole lines of comment are left out of the program.

local log, tip, key = KEYS[1], KEYS[2], KEYS[3]
local ttl = tonumber(ARGV[4])

if key then
  local first = redis.call('GET', key)
  if first then return {first, 0, 1, ''} end
end

local kept = redis.call('EXISTS', log) == 1
local prev, cuts = string.match(redis.call('GET', tip) or '',
  '^(%d+%-%d+)(.*)$')
if not prev and kept then
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)
  prev = last[1] and last[1][1]
end

-- Ids rise even when the log has expired and the clock was set back: then the
-- id follows the tip, which outlives the log. When both are gone, so are all
-- clients that could know an id. TIME is safe in a script: since Redis 5 its
-- effects are replicated.
local now = redis.call('TIME')
local ms = now[1] * 1000 + math.floor(now[2] / 1000)
local at = '*'
if prev and not kept then
  local m, s = string.match(prev, '^(%d+)-(%d+)$')
  if tonumber(m) >= ms then
    at = m .. '-' .. string.format('%.0f', s + 1)
  end
end

prev = prev or '0-0'
local id = redis.call('XADD', log,
  'MAXLEN', ARGV[3] == '0' and '=' or '~', ARGV[3],
  at, 'p', prev, 'e', ARGV[1], 'd', ARGV[2])

local fault = ''
local function try(...)
  local r = redis.pcall(...)
  if type(r) == 'table' and r.err then
    fault = r.err
    return 0
  end
  return r
end

try('XTRIM', log, 'MINID', string.format('%.0f', ms - ttl * 1000))
try('EXPIRE', log, ttl)
try('SET', tip, id .. (cuts or ''), 'EX', 4 * ttl)
if key then try('SET', key, id, 'EX', ARGV[6]) end
local n = try('PUBLISH', ARGV[5],
  id .. ' ' .. prev .. ' ' .. #ARGV[1] .. ' ' .. ARGV[1] .. ARGV[2])
return {id, n, 0, fault}

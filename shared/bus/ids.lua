-- SPDX-License-Identifier: MIT
-- ids.lua - what the other scripts share: ids, and where a channel stands. The
-- build puts it before each of those that say that they use it.
--
-- Whole lines of comment are left out of the program.

-- An id as two decimals. Nothing for what Redis would not write as an id.
local function parse(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  if ms and #ms < 20 and #seq < 20 and
      not string.find(ms, '^0.') and not string.find(seq, '^0.') then
    return ms, seq
  end
end

-- Exact for any length, as numbers of Lua are not.
local function less(a, b)
  if #a ~= #b then return #a < #b end
  return a < b
end

local function is_before(a, b)
  local a_ms, a_seq = string.match(a, '^(%d+)-(%d+)$')
  local b_ms, b_seq = string.match(b, '^(%d+)-(%d+)$')
  return less(a_ms, b_ms) or (a_ms == b_ms and less(a_seq, b_seq))
end

local function ms_of(id)
  return tonumber((parse(id)))
end

local function now_us()
  local now = redis.call('TIME')
  return now[1] * 1000000 + now[2]
end

local function now_ms()
  return math.floor(now_us() / 1000)
end

-- An id a minute above one that may be lost, because there may be lost ids after
-- it. The microseconds make it another one each time: Redis may lose it, too.
local function above_lost(id)
  return string.format('%.0f-%d', ms_of(id) + 60000, redis.call('TIME')[2])
end

-- A value that is not ours is ''; SET replaces a key of any type.
local function get(key)
  local value = redis.pcall('GET', key)
  if type(value) ~= 'table' then return value end
  if string.find(value.err, 'WRONGTYPE', 1, true) then return '' end
  return redis.call('GET', key)
end

local function first_after(log, id)
  return redis.call('XRANGE', log, '(' .. id, '+', 'COUNT', 1)[1]
end

local function has_cut(cuts, id)
  return string.find(cuts .. ' ', ' ' .. id .. ' ', 1, true) ~= nil
end

-- What the first entry of a log names, or nil.
local function prev_of_first(log)
  local first = first_after(log, '0-0')
  return first and first[2][1] == 'p' and first[2][2]
end

-- Where a channel stands:
--   id      its last id, or nil: the later of the tip and the log's last entry,
--           because the tip may have been evicted, deleted or replaced
--   cuts    each after a space; see tip.h
--   server  that stored the last message, or ''
--   forks   as cuts, each <id>:<end>
--   value   of the tip key, or false
local function read_tip(log, tip)
  local value = get(tip)
  local ids, server, forks =
    string.match(value or '', '^([%d -]*)@(%x*)([ %d:-]*)$')
  local id, cuts = string.match(ids or value or '', '^(%d+%-%d+)([ %d-]*)$')
  if not id or not parse(id) then
    id, cuts, server, forks = nil, '', nil, nil
  end
  local after = id and '(' .. id or '-'
  local last = redis.call('XREVRANGE', log, '+', after, 'COUNT', 1)[1]
  return {id = last and last[1] or id, cuts = cuts, server = server or '', forks = forks or '',
    value = value}
end

local function tip_text(t)
  local history = t.server .. t.forks
  return (t.id or '0-0') .. t.cuts .. (history ~= '' and '@' or '') .. history
end

-- SPDX-License-Identifier: MIT
-- presence.lua - takes what a process holds of a channel, and says how many
-- subscribe to it over all processes, and who.
--
-- KEYS   1 leases: a sorted set by the time (ms) at which they end
--            p<process>          that holds subscribers
--            c<id> <user>        a long-poll between two requests
--        2 held: a hash
--            p<process>  <count> <more>, and a line for each name
--            count       the sum of these counts
--            processes   the number of these processes
--            told        what was announced last (model/presence.h)
--            at          when; in ms
--            late        1: it has changed since; else ''
--        3 unnamed: as 1, the long-polls that have no name: c<id>. There may
--          be many, for each client makes its id, and no name is looked for in
--          it.
-- ARGV   1 process, or '': asks only  2 its lease (ms); 0: it ends
--        3 what it holds  4 pub/sub channel  5 list or count
--        then of long-polls: how long they count (ms), or '': not any more;
--        their member
-- Reply  {text, again}
--        text: what was announced last; for one who asks only, what is so now
--        again: ask again after so many ms; 0: everything was announced
--
-- At most one announcement a second; the last state is always announced, by
-- those who ask again. A process that ends cannot, so it asks the others to:
-- 'late <again>' is announced. After the keys were lost there is none for a second, in
-- which the other processes tell what they hold.
--
-- Redis keeps the keys as long as somebody renews a lease, and LIFE longer, or
-- SHORT_LIFE when all have left: clients may make ever new channels.
--
-- Whole lines of comment are left out of the program.

local leases, held, unnamed = KEYS[1], KEYS[2], KEYS[3]
local process, lease, own, channel, mode =
  ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local call = redis.call
local LIFE, SHORT_LIFE, EVERY_MS, NAMES, READ = 120, 5, 1000, 100, 2000

local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function ms(n) return string.format('%.0f', n) end

-- What is left of nobody is not trusted: one of the keys may have been lost.
if call('ZCARD', leases) == 0 then
  for _, field in ipairs(call('HGETALL', held)) do
    if string.find(field, '^p%x') then call('HDEL', held, field) end
  end
  call('HDEL', held, 'count', 'processes')
end
local meta = call('HMGET', held, 'count', 'processes', 'told', 'at', 'late')
local total, processes = tonumber(meta[1]) or 0, tonumber(meta[2]) or 0
local told, at, changed = meta[3], tonumber(meta[4]) or 0, meta[5] == '1'

local function count_of(text)
  return text and tonumber(string.match(text, '^%d+')) or 0
end

local function hold(p, text)
  local before = call('HMGET', held, p)[1]
  if before == text then return end
  if text then call('HSET', held, p, text) else call('HDEL', held, p) end
  total = total + count_of(text) - count_of(before)
  processes = processes + (text and 1 or 0) - (before and 1 or 0)
  changed = true
end

for _, key in ipairs({leases, unnamed}) do
  local over =
    call('ZRANGE', key, '-inf', ms(now), 'BYSCORE', 'LIMIT', 0, 1000)
  for _, member in ipairs(over) do
    call('ZREM', key, member)
    changed = true
    if string.sub(member, 1, 1) == 'p' then hold(member, false) end
  end
end

if process ~= '' then
  local p = 'p' .. process
  if lease > 0 then
    call('ZADD', leases, ms(now + lease), p)
    hold(p, own)
  else
    call('ZREM', leases, p)
    hold(p, false)
  end
end
for i = 6, #ARGV, 2 do
  local n
  local key = string.find(ARGV[i + 1], ' ', 1, true) and leases or unnamed
  if ARGV[i] == '' then
    n = call('ZREM', key, ARGV[i + 1])
  else
    n = call('ZADD', key, ms(now + ARGV[i]), ARGV[i + 1])
  end
  changed = changed or n > 0
end

local function names(members)
  local list, seen = {}, {}
  local function add(name)
    if not seen[name] then list[#list + 1] = name end
    seen[name] = true
  end
  if processes > READ or members > READ then return nil end
  local all = call('HGETALL', held)
  for i = 1, #all, 2 do
    if string.find(all[i], '^p%x') then
      if string.find(all[i + 1], '^%d+ 1') then return nil end
      for name in string.gmatch(all[i + 1], '\n([^\n]+)') do add(name) end
    end
    if #list > NAMES then return nil end
  end
  for _, member in ipairs(call('ZRANGE', leases, 0, -1)) do
    local name = string.match(member, '^c[^ ]+ (.+)$')
    if name then add(name) end
    if #list > NAMES then return nil end
  end
  table.sort(list)
  return list
end

local function state()
  local members = call('ZCARD', leases)
  local text =
    ms(total + members - processes + call('ZCARD', unnamed)) .. ' '
  if mode ~= 'list' then return text .. 'c' end
  local list = names(members)
  if not list then return text .. 'm' end
  if #list == 0 then return text .. 'l' end
  return text .. 'l\n' .. table.concat(list, '\n')
end

local function live(life)
  for _, key in ipairs(KEYS) do call('EXPIRE', key, life) end
end

if not changed and (told or process == '') then
  if process ~= '' then live(LIFE) end
  return {told or '0 0 ' .. (mode == 'list' and 'l' or 'c'), 0}
end

local text, again, late = state(), 0, ''
if not told then
  told, at = ms(now) .. ' ' .. text, now
elseif text ~= string.match(told, '^%d+ (.*)$') then
  if now - at >= EVERY_MS or now < at then
    told, at = ms(now) .. ' ' .. text, now
    redis.pcall('PUBLISH', channel, told)
  else
    again, late = at + EVERY_MS - now, '1'
    if lease == 0 and process ~= '' then
      redis.pcall('PUBLISH', channel, 'late ' .. again)
    end
  end
end
call('HSET', held, 'count', ms(total), 'processes', ms(processes),
  'told', told, 'at', ms(at), 'late', late)
local left = call('ZCARD', leases) + call('ZCARD', unnamed)
live(left > 0 and LIFE or SHORT_LIFE)
return {process == '' and ms(at) .. ' ' .. text or told, again}

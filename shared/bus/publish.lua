-- SPDX-License-Identifier: MIT
-- publish.lua - stores messages of one channel in order and announces them, in
-- one step of Redis.
--
-- KEYS   1 log  2 tip  3... idempotency keys
-- ARGV   1 history.length  2 history.ttl (s)
--        3 life of the log (s)  4 life of the tip (s); each 0: for ever
--        5 publish.key_ttl (s)  6 pub/sub channel
--        7 the last id of the channel that the publisher knows, or 0-0
--        8 the server that has acknowledged it  9 this server; each may be ''
--        then of each message: event, data, the place of its key in KEYS or
--        '', and '1' when it must not be the first of its channel, or ''
-- Reply  of each message {id, processes, what, error}
--        id: '' when the message is not stored; error tells why
--        processes: received the announcement
--        what: 1 the key was seen before: nothing new is stored
--              2 the message is the first of its channel
--              3 it would be, and must not: it is not stored
--              0 none of these
--        error: of a stored message: it was not announced (an ACL may forbid
--        PUBLISH). '' when all went well.
--        An error instead of the list means that nothing is stored.
--
-- Whatever Redis may refuse (ACL, memory, a replica) is tried first by commands
-- that change nothing. So the tip always follows what is stored.
--
-- The usual publication, of one message or many, comes first, and does without the
-- functions of the rest: Redis makes them anew in each call, and runs more commands
-- for them. Whole lines of comment are left out of the program.

local log, tip = KEYS[1], KEYS[2]
local length, ttl, log_life, tip_life = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local key_ttl, channel, known = ARGV[5], ARGV[6], ARGV[7]
local known_from, server = ARGV[8], ARGV[9]
local call, pcall = redis.call, redis.pcall

-- --- storing -----------------------------------------------------------------

local fault = ''
local function try(...)
  local r = pcall(...)
  if type(r) == 'table' and r.err then
    fault = r.err
    return 0
  end
  return r
end

local function try_set(key, value)
  call('SET', key, '', value and 'NX' or 'XX')
end

local function trim(ms)
  call('XTRIM', log, 'MINID', string.format('%.0f', ms - ttl * 1000))
end

local function renew(how)
  if log_life == '0' then return how('PERSIST', log) end
  return how('EXPIRE', log, log_life)
end

local function add_as(event, data, prev, id)
  return pcall('XADD', log, 'MAXLEN', length == '0' and '=' or '~', length,
    id, 'p', prev, 'e', event, 'd', data)
end

local function add(event, data, prev, at)
  local id = add_as(event, data, prev, at)
  -- entries with higher ids were deleted: Redis wants an id above those
  if type(id) == 'table' and at ~= '*' then
    id = add_as(event, data, prev, '*')
  end
  return id
end

local function set_tip(text)
  if tip_life == '0' then
    try('SET', tip, text)
  else
    try('SET', tip, text, 'EX', tip_life)
  end
end

local function announce(event, data, prev, id)
  return try('PUBLISH', channel,
    id .. ' ' .. prev .. ' ' .. #event .. ' ' .. event .. data)
end

-- --- the usual publication ---------------------------------------------------

-- The id and its parts, if the text is one that this server stored, without cuts
-- and forks, and the publisher knows of none after it.
local function usual_tip(text)
  if type(text) ~= 'string' then return nil end
  local id, ms, seq, stored_on =
    string.match(text, '^(([1-9]%d*)%-(%d+))@(%x+)$')
  if not id or #ms ~= 13 or #seq > 19 or string.find(seq, '^0.') or
      stored_on ~= server then return nil end
  local known_ms = string.match(known, '^(%d+)%-')
  if known == id or known == '0-0' or (#known_ms == 13 and known_ms < ms) then
    return id, tonumber(ms), seq
  end
end

-- What XADD is given for an id after the tip, and the time.
local function id_after(ms, seq)
  local now = call('TIME')
  local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
  if ms < now_ms then return '*', now_ms end
  if ms == now_ms and #seq < 16 then
    return string.format('%.0f-%.0f', ms, seq + 1), now_ms
  end
end

-- Each key is another one, and was not seen before.
local function keys_are_new()
  local given = {}
  for i = 3, #KEYS do
    if given[KEYS[i]] or pcall('GET', KEYS[i]) then return false end
    given[KEYS[i]] = true
  end
  return true
end

-- Stores all messages, the first one as `at` and after `prev`. Returns the last
-- id, the replies, and what each message that is stored follows.
local function store_usual(prev, at)
  local replies, prevs = {}, {}
  for i = 10, #ARGV, 4 do
    local id = add(ARGV[i], ARGV[i + 1], prev, at)
    if type(id) == 'table' then
      replies[#replies + 1] = {'', 0, 0, id.err}
    else
      local key = KEYS[tonumber(ARGV[i + 2])]
      if key then try('SET', key, id, 'EX', key_ttl) end
      replies[#replies + 1] = {id, 0, prev == '0-0' and 2 or 0, ''}
      prevs[#replies], prev = prev, id
      at = '*' -- above that one, as Redis has it
    end
  end
  return prev, replies, prevs
end

-- In a channel that is new, or has a usual tip and no message after it. Nil: it is
-- not such a channel, or a key was seen before, and nothing was done.
local function publish_usual()
  local text = pcall('GET', tip)
  local id, ms, seq, at, now_ms
  if text then
    id, ms, seq = usual_tip(text)
    if not id then return nil end
  elseif known ~= '0-0' or server == '' or ARGV[13] == '1' then
    return nil
  end
  if not keys_are_new() then return nil end -- those are answered without the log
  local after = id and '(' .. id or '-'
  if call('XREVRANGE', log, '+', after, 'COUNT', 1)[1] then return nil end
  if id then
    at, now_ms = id_after(ms, seq)
    if not at then return nil end
  end
  -- before what changes anything: then Redis refuses no more for want of memory
  try_set(tip, text)
  if KEYS[3] then try_set(KEYS[3]) end -- who may set one may set the others
  trim(now_ms or ttl * 1000) -- of a new channel nothing, but it may be refused
  local renewed = renew(call) == 1
  local before = id or '0-0'
  local last, replies, prevs = store_usual(before, at or '*')
  if last == before then return replies end
  if not renewed then renew(try) end
  set_tip(last .. '@' .. server)
  for n, r in ipairs(replies) do
    if prevs[n] then
      local i = 6 + 4 * n
      r[2] = announce(ARGV[i], ARGV[i + 1], prevs[n], r[1])
      r[4] = fault
    end
  end
  return replies
end

local usual = publish_usual()
if usual then return usual end

-- --- the rest ----------------------------------------------------------------

-- Uses ids.lua and forks.lua.

-- Idempotency keys. EXPIRE also makes WAIT wait for the first message.
local first, messages, all_seen = {}, {}, true
for i = 3, #KEYS do
  local value = get(KEYS[i])
  if value and parse(value) then
    first[KEYS[i]] = value
    call('EXPIRE', KEYS[i], key_ttl)
  else
    try_set(KEYS[i], value)
  end
end
for i = 10, #ARGV, 4 do
  local key = KEYS[tonumber(ARGV[i + 2])]
  messages[#messages + 1] = {event = ARGV[i], data = ARGV[i + 1], key = key,
    never_first = ARGV[i + 3] == '1'}
  all_seen = all_seen and first[key or ''] ~= nil
end
local replies = {}
if all_seen then
  for i, m in ipairs(messages) do replies[i] = {first[m.key], 0, 1, ''} end
  return replies
end

-- TIME is safe in a script: since Redis 5 its effects are replicated.
local us = now_us()
local ms = math.floor(us / 1000)

local t = read_tip(log, tip)
local prev = t.id or '0-0'
local is_new = not t.id and known == '0-0'
enter_server(t, server)

local function cut_and_fork(id)
  add_cut(t, id)
  add_fork(t, id, above_lost(known))
end

-- The last id, or what the publisher knows, if Redis has lost the newest
-- messages. But others may have stored messages since, with ids below the one
-- known, where nobody would look for them: after the fork; or when the clock is
-- behind, because then Redis may have been emptied.
local lost = parse(known) and is_before(prev, known)
local above = lost and known or prev
local fork = lost and known_from ~= server and newest_fork_before(t.forks, known)
if fork then add_fork(t, fork, known) end
if fork and fork ~= prev then
  add_cut(t, fork)
elseif fork or (lost and ms_of(known) <= ms) then
  prev = known
elseif lost then
  local begin = prev_of_first(log)
  if not first_after(log, '0-0') then
    prev = known -- a cut: then all that is kept is new
    cut_and_fork(known)
  elseif begin == '0-0' and ms_of(prev) <= ms then
    cut_and_fork(begin)
  elseif not (begin and has_cut(t.cuts, begin)) then
    cut_and_fork(prev)
  end
end

try_set(tip, t.value)
trim(ms)
local renewed = renew(call) == 1

-- Ids rise even when the log is gone and the clock was set back: then the id
-- follows `above`, and its second part is the time. So an id is not given twice
-- when Redis goes back to an older state, though the first part stands still.
local function above_clock(above_ms, seq)
  local last = #seq == 19 and string.sub(seq, 1, 16) or '0'
  if tonumber(last) >= us then
    above_ms = string.format('%.0f', above_ms + 1)
  end
  us = us + 1
  return string.format('%s-%.0f%03d', above_ms, us - 1, server_number(t) % 1000)
end

local function next_id()
  local above_ms, seq = string.match(above, '^(%d+)-(%d+)$')
  local least = least_seq(t, ms)
  if tonumber(above_ms) < ms then
    return least == 0 and '*' or string.format('%.0f-%.0f', ms, least)
  end
  if lost then return above_lost(above) end
  if tonumber(above_ms) == ms and #seq < 16 and
      (least == 0 or seq + 1 < least + OWN_SEQS) then
    return string.format('%s-%.0f', above_ms, math.max(seq + 1, least))
  end
  return above_clock(above_ms, seq)
end

local function store(m)
  if is_new and m.never_first then return {'', 0, 3, ''} end
  local id = add(m.event, m.data, prev, next_id())
  if type(id) == 'table' then return {'', 0, 0, id.err} end
  if m.key then
    try('SET', m.key, id, 'EX', key_ttl)
    first[m.key] = id
  end
  local what = is_new and 2 or 0
  m.prev, prev, above, lost, is_new = prev, id, id, false, false
  return {id, 0, what, ''}
end

local before = prev
for i, m in ipairs(messages) do
  local seen = first[m.key or '']
  replies[i] = seen and {seen, 0, 1, ''} or store(m)
end
if prev == before then return replies end

if not renewed then renew(try) end
t.id = prev
set_tip(tip_text(t))
for i, m in ipairs(messages) do
  if m.prev then
    local r = replies[i]
    r[2] = announce(m.event, m.data, m.prev, r[1])
    r[4] = fault
  end
end
return replies

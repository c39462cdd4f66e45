-- SPDX-License-Identifier: MIT
-- rewind.lua - checks whether Redis has lost messages that the caller has
-- seen, and writes it down for everybody else.
--
-- KEYS   1 log  2 tip
-- ARGV   1 life of the tip (s; 0: for ever)
--        2 this server, or ''
--        3 the newest fork that the caller's position has passed, or ''
--        4 number of the ids that follow
--        then ids that the caller has delivered or was acknowledged, newest
--        first; the first is its own position
--        then the forks that it knows
-- Reply  {tip, what, after}
--        tip: as tip.lua replies, after what this script has changed
--        what: 'kept' (nothing was lost), 'expired' (the life of the tip was
--        over: nothing was lost either), or 'lost'
--        after: 'lost': everything after this id is new to the caller
--
-- The log lost its end when the caller's position is neither in the log nor
-- before the end of its chain. The common point is the last id that both have:
-- the newest delivered one that is kept, or else the newest fork that the caller
-- has not passed, or else the last entry before its position: what it has
-- delivered was stored after that. Subscribers who stand there must learn of the
-- loss:
--   nothing follows it: the tip becomes a new id without a message. The next
--     message names that id as the one before it, so everybody sees a gap.
--   something follows it, and names it: the common point becomes a cut.
-- It also becomes a fork, for the cursors of what is lost.
--
-- Uses ids.lua and forks.lua. Whole lines of comment are left out of the
-- program.

local log, tip, passed, own = KEYS[1], KEYS[2], ARGV[3], ARGV[5]
local life_ms, last_seen = ARGV[1] * 1000, 4 + ARGV[4]

local function is_kept(id)
  return #redis.call('XRANGE', log, id, id) > 0
end

local t = read_tip(log, tip)
local last = t.id or '0-0'

local function reply(what, after)
  return {tip_text(t), what, after}
end

local now = now_ms()
local own_ms = ms_of(own)
local following = first_after(log, own)
local prev = following and following[2][1] == 'p' and following[2][2]

-- An entry that pushcgi did not write names nothing.
if is_kept(own) or (following and not prev) then return reply('kept', own) end
if not is_before(prev or last, own) then return reply('kept', own) end

local seen_ms = following and ms_of(following[1]) or now
if (prev or last) == '0-0' and life_ms > 0 and
    own_ms + life_ms <= seen_ms then
  return reply('expired', own)
end

local first = first_after(log, '0-0')
local first_prev = prev_of_first(log)
enter_server(t, ARGV[2])

-- Forks are in the order in which they were made.
local _, passed_end =
  string.find(t.forks .. ' ', ' ' .. passed .. ' ', 1, true)
local new_forks = string.sub(t.forks, passed_end or 1)

local function has_fork(forks, id)
  return string.find(forks, ' ' .. id .. ':', 1, true) ~= nil
end

local begins_at_cut = first_prev and has_cut(t.cuts, first_prev) and
  (has_fork(new_forks, first_prev) or not has_fork(t.forks, first_prev))

-- Is an entry below the caller's position new to it? The caller would remember
-- it; or the log begins at a cut, because Redis was emptied; or it begins with
-- the first message of all, and the clock went back.
local function is_new(id)
  for i = 6, last_seen do
    if id == ARGV[i] then return false end
  end
  return is_before(ARGV[last_seen], id) or
    begins_at_cut or
    (first_prev == '0-0' and now < own_ms and ms_of(id) <= now)
end

local before = redis.call('XREVRANGE', log, '(' .. own, '-', 'COUNT', 1)[1]
local hidden = before and is_new(before[1])

-- The log may have been emptied, and a publisher named the last id it knew,
-- maybe after a message of one that knew none.
local common
for i = 6, last_seen do
  if is_kept(ARGV[i]) or ARGV[i] == first_prev or
      (ARGV[i] == prev and not hidden) then
    common = ARGV[i]
    break
  end
end
if not common then
  common = newest_fork_before(new_forks, ARGV[last_seen])
  for i = last_seen + 1, #ARGV do
    if (is_kept(ARGV[i]) or ARGV[i] == first_prev) and
        not has_fork(t.forks, ARGV[i]) and
        is_before(common or '0-0', ARGV[i]) then
      common = ARGV[i]
    end
  end
end
if not common and first_prev and (begins_at_cut or
    (first_prev == '0-0' and
     (is_before(ARGV[last_seen], first[1]) or hidden))) then
  common = first_prev -- emptied
end
common = common or prev or last

add_fork(t, common, own)
if first_after(log, common) then
  add_cut(t, common)
else
  -- above all ids that were lost, also when the clock went back
  t.id = own_ms < now and string.format('%.0f-0', now) or above_lost(own)
end

if t.value and t.value ~= '' then
  redis.call('SET', tip, tip_text(t), 'KEEPTTL')
elseif life_ms > 0 then
  redis.call('SET', tip, tip_text(t), 'PX', life_ms)
else
  redis.call('SET', tip, tip_text(t))
end
return reply('lost', common)

-- SPDX-License-Identifier: MIT
-- tip.lua - reads the last id of a channel. Changes nothing.
--
-- KEYS   1 log  2 tip
-- Reply  the text of the tip key (tip.h), with the last id; nil when nothing was
--        ever published, or all trace of it expired
--
-- The usual tip comes first, and does without the functions of the rest: Redis
-- makes them anew in each call. Whole lines of comment are left out of the
-- program.

-- A tip without cuts and forks, with an id that Redis can read.
local text = redis.pcall('GET', KEYS[2])
if type(text) == 'string' then
  local id, ms, seq = string.match(text, '^(([1-9]%d*)%-(%d+))@%x+$')
  if id and #ms <= 13 and #seq <= 19 and not string.find(seq, '^0.') and
      not redis.call('XREVRANGE', KEYS[1], '+', '(' .. id, 'COUNT', 1)[1] then
    return text
  end
end

-- Uses ids.lua.

local t = read_tip(KEYS[1], KEYS[2])
return t.id and tip_text(t)

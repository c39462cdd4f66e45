-- SPDX-License-Identifier: MIT
-- forks.lua - what publish.lua and rewind.lua share: where the history of a
-- channel has continued without messages of another server (tip.h). `t` is as
-- read_tip() returns it.
--
-- Uses ids.lua. Whole lines of comment are left out of the program.

-- How long after the first message on the new master programs may store others
-- on the old one: before anybody notices, cursors of so long are taken for lost
-- ones; and in this time the new master makes ids that the old one does not.
-- When the clock is behind, lost ids may be minutes above the last one that is
-- kept: above_lost() makes such ids.
local OVERLAP_MS, DISTINCT_MS, BEHIND_MS = 3000, 60000, 600000

local function add_cut(t, id)
  local list = {}
  for cut in string.gmatch(t.cuts, '%S+') do
    if cut ~= id then list[#list + 1] = cut end
  end
  list[#list + 1] = id
  while #list > 8 do table.remove(list, 1) end
  t.cuts = ' ' .. table.concat(list, ' ')
end

-- Lost messages have ids after `id`, up to `stop`.
local function add_fork(t, id, stop)
  local list = {}
  for fork, last in string.gmatch(t.forks, '(%d+%-%d+):(%d+%-%d+)') do
    if fork ~= id then
      list[#list + 1] = fork .. ':' .. last
    elseif is_before(stop, last) then
      stop = last
    end
  end
  list[#list + 1] = id .. ':' .. stop
  while #list > 4 do table.remove(list, 1) end
  t.forks = ' ' .. table.concat(list, ' ')
end

local function newest_fork_before(forks, id)
  local newest
  for fork in string.gmatch(forks, '(%d+%-%d+):') do
    if is_before(fork, id) and not (newest and is_before(fork, newest)) then
      newest = fork
    end
  end
  return newest
end

-- What another server may have stored after `id` has ids up to this one.
local function end_of_fork(id)
  local now, last = now_ms(), ms_of(id)
  local after = now + OVERLAP_MS < last and BEHIND_MS or OVERLAP_MS
  return string.format('%.0f-0', math.max(now, last) + after)
end

-- This server continues after the last message of another one.
local function enter_server(t, server)
  if server == '' or server == t.server then return end
  if t.server ~= '' and t.id then
    add_fork(t, t.id, end_of_fork(t.id))
  end
  t.server = server
end

-- Other servers have others, most likely.
local function server_number(t)
  return tonumber(string.sub(t.server, 1, 5), 16) or 0
end

-- The least of the OWN_SEQS sequence numbers in ids of this server, at the time
-- `ms`; or 0: all are its own.
local OWN_SEQS = 1000
local function least_seq(t, ms)
  local stop = string.match(t.forks, ':(%d+)%-%d+$')
  if not stop or t.server == '' or ms >= stop + DISTINCT_MS then return 0 end
  return (1 + server_number(t)) * OWN_SEQS
end

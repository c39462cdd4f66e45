-- SPDX-License-Identifier: MIT
-- rights.lua - tries whether Redis allows the commands of the other scripts, on
-- a channel that has no name. Changes nothing, announces nothing to anybody.
--
-- KEYS   1 log  2 tip  3 idempotency key  4 leases  5 held (presence.lua)
-- ARGV   1 pub/sub channel; '' if the caller does not publish
--        2 '1' if the caller has channels that retain messages, else ''
--        3 '1' if the caller tells presence, else ''
-- Reply  {command, error} for each that failed
--
-- Whole lines of comment are left out of the program.

local log, tip, key, leases, held = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local failed = {}

local function try(command, ...)
  local r = redis.pcall(command, ...)
  if type(r) == 'table' and r.err then
    failed[#failed + 1] = {command, r.err}
    return false
  end
  return true
end

try('GET', tip)
try('SET', tip, '', 'XX')
try('TIME')
try('XRANGE', log, '-', '+', 'COUNT', 1)
try('XREVRANGE', log, '+', '-', 'COUNT', 1)
if ARGV[1] ~= '' then
  try('EXPIRE', key, 1)
  if ARGV[2] ~= '' then try('PERSIST', key) end
  try('XTRIM', log, 'MINID', 0)
  try('XADD', log, 'NOMKSTREAM', '*', 'd', '')
  try('PUBLISH', ARGV[1], '')
end
if ARGV[3] ~= '' then
  try('ZADD', leases, 'XX', 0, '')
  try('ZREM', leases, '')
  try('ZRANGE', leases, 0, 0)
  try('ZCARD', leases)
  try('HMGET', held, '')
  try('HGETALL', held)
  -- nothing but HSET writes only what is there
  if try('HDEL', held, '') and try('HSET', held, '', '') then
    redis.call('HDEL', held, '')
  end
  if ARGV[1] == '' then try('EXPIRE', held, 1) end
end
return failed

/* SPDX-License-Identifier: MIT */
/*
 * bus_script.h - how a message is stored and announced, in one step of Redis.
 *
 * KEYS  1 log  2 tip  3 key (only with an idempotency key)
 * ARGV  1 event  2 data  3 history.length  4 history.ttl (s)
 *       5 pub/sub channel  6 publish.key_ttl (s)
 * Reply {id, processes, seen, error}: `processes` got it, `seen` is 1 when the
 *       key was seen before, `error` is what went wrong after it was stored
 *       (it was not announced, say), or "".
 *
 * An id must rise even when the log has expired and the clock was set back:
 * then it follows the tip, which outlives the log. When both are gone, so is
 * everyone who could have seen an id. What an ACL forbids after the entry is
 * stored, PUBLISH or SET, is told, not raised: an error means nothing is
 * stored. TIME inside a script is safe:
 * since Redis 5 it is effects that are replicated.
 */
#ifndef SHARED_BUS_BUS_SCRIPT_H
#define SHARED_BUS_BUS_SCRIPT_H

static const char BUS_SCRIPT[] =
    "local log, tip, key = KEYS[1], KEYS[2], KEYS[3]\n"
    "local ttl = tonumber(ARGV[4])\n"
    "if key then\n"
    "  local first = redis.call('GET', key)\n"
    "  if first then return {first, 0, 1, ''} end\n"
    "end\n"
    "local kept = redis.call('EXISTS', log) == 1\n"
    "local prev = redis.call('GET', tip)\n"
    "if not prev and kept then\n"
    "  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)\n"
    "  prev = last[1] and last[1][1]\n"
    "end\n"
    "local now = redis.call('TIME')\n"
    "local ms = now[1] * 1000 + math.floor(now[2] / 1000)\n"
    "local at = '*'\n"
    "if prev and not kept then\n"
    "  local m, s = string.match(prev, '^(%d+)-(%d+)$')\n"
    "  if tonumber(m) >= ms then at = m .. '-' .. string.format('%.0f', s + 1)"
    " end\n"
    "end\n"
    "prev = prev or '0-0'\n"
    "local id = redis.call('XADD', log, 'MAXLEN', ARGV[3] == '0' and '=' or "
    "'~',\n"
    "  ARGV[3], at, 'p', prev, 'e', ARGV[1], 'd', ARGV[2])\n"
    "local fault = ''\n"
    "local function try(...)\n"
    "  local r = redis.pcall(...)\n"
    "  if type(r) == 'table' and r.err then fault = r.err return 0 end\n"
    "  return r\n"
    "end\n"
    "try('XTRIM', log, 'MINID', string.format('%.0f', ms - ttl * 1000))\n"
    "try('EXPIRE', log, ttl)\n"
    "try('SET', tip, id, 'EX', 4 * ttl)\n"
    "if key then try('SET', key, id, 'EX', ARGV[6]) end\n"
    "local n = try('PUBLISH', ARGV[5],\n"
    "  id .. ' ' .. prev .. ' ' .. #ARGV[1] .. ' ' .. ARGV[1] .. ARGV[2])\n"
    "return {id, n, 0, fault}\n";

#endif

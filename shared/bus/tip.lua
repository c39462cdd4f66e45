-- SPDX-License-Identifier: MIT
-- tip.lua - reads the last id of a channel. Changes nothing.
--
-- KEYS   1 log  2 tip
-- Reply  "<id>" or "<id> <cut> <cut> ...", as the tip key holds it (tip.h);
--        nil when nothing was ever published, or all trace of it expired
--
-- Uses ids.lua. Whole lines of comment are left out of the program.

local id, cuts = read_tip(KEYS[1], KEYS[2])
return id and id .. cuts

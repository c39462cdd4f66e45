-- SPDX-License-Identifier: MIT
-- tip.lua - reads the last id of a channel. Changes nothing.
--
-- KEYS   1 log  2 tip
-- Reply  the text of the tip key (tip.h), with the last id; nil when nothing was
--        ever published, or all trace of it expired
--
-- Uses ids.lua. Whole lines of comment are left out of the program.

local t = read_tip(KEYS[1], KEYS[2])
return t.id and tip_text(t)

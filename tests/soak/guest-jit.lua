-- SPDX-License-Identifier: GPL-2.0-or-later
-- Loops that LuaJIT compiles while they run, in many variants.
local n = tonumber(arg[1]) or 10
local total = 0
for variant = 1, n do
    local f = assert(loadstring(string.format([[
        local s = 0
        for i = 1, 2000 do
            if i %% %d == 0 then s = s + i elseif i > %d then s = s - 1 else s = s + 2 end
        end
        return s]], variant % 17 + 2, variant * 7 % 1900)))
    total = total + f() + f()
    local t = {}
    for i = 1, 500 do t[i] = i * variant % 101 end
    table.sort(t)
    total = total + t[250]
end
print(total)

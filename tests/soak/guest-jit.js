// SPDX-License-Identifier: GPL-2.0-or-later
// Functions that V8 compiles while they run, in many variants, on threads of its own.
const n = Number(process.argv[2] || 10);
let total = 0;
for (let variant = 1; variant <= n; variant++) {
    const f = new Function('limit', `
        let s = 0;
        for (let i = 1; i <= limit; i++) {
            if (i % ${variant % 17 + 2} === 0) s += i;
            else if (i > ${variant * 7 % 1900}) s -= 1;
            else s += 2;
        }
        return s;`);
    for (let turn = 0; turn < 30; turn++)
        total += f(2000);
    const numbers = Array.from({ length: 500 }, (_, i) => i * variant % 101);
    numbers.sort((a, b) => a - b);
    total += numbers[250];
}
console.log(total);

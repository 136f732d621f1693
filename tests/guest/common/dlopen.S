/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library that is loaded, called and unloaded, three times over.  Whatever
 * addresses it gets, its rows are the same three times; and they are there
 * although it is not when the program ends.
 *
 * isa: x86_64 i386 aarch64 arm riscv64
 * build: -no-pie
 * library: libplug.so lib/plug.S
 * scope: main
 *
 * edge: * -> main * 1
 * edge@!riscv64: call_open -> * call 3
 * edge@riscv64: call_open -> * indirect-call 3
 * edge: * -> after_open return 3
 * edge@!riscv64: call_sym -> * call 3
 * edge@riscv64: call_sym -> * indirect-call 3
 * edge: * -> after_sym return 3
 * edge: call_plug -> libplug.so!plug_work indirect-call 3
 * edge: libplug.so!plug_end -> libplug.so!plug_loop taken 12
 * edge: libplug.so!plug_end -> libplug.so!plug_last not-taken 3
 * edge: libplug.so!plug_ret -> after_plug return 3
 * edge@!riscv64: call_close -> * call 3
 * edge@riscv64: call_close -> * indirect-call 3
 * edge: * -> after_close return 3
 * edge: loop_end -> loop taken 2
 * edge: loop_end -> done not-taken 1
 * edge: main_ret -> libc.so.6!* return 1
 */
#include "abi.h"

    .globl main
    .type main, %function
main:
    c_enter
loop:
    c_call call_open, dlopen, path, 2
after_open:
    save_result handle
    c_call_cell call_sym, dlsym, handle, symbol
after_sym:
    save_result function
    call_cell call_plug, function
after_plug:
    c_call_cell call_close, dlclose, handle
after_close:
    countdown loop_end, turns, loop
done:
    c_leave main_ret
    .size main, . - main
    literals

    .data
turns:
    word 3
handle:
    word 0
function:
    word 0
path:
    .asciz "./libplug.so"
symbol:
    .asciz "plug_work"

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entered in 32-bit mode by QEMU's PVH loader; goes on to 64 bits. */
    .section .note.pvh, "a"
    .long 4, 4, 18              /* XEN_ELFNOTE_PHYS32_ENTRY */
    .asciz "Xen"
    .long pvh_start

    .section .text.start, "ax"
    .code32
    .globl pvh_start
pvh_start:
    cli
    xor %ebp, %ebp
    mov $pml4, %edi             /* identity map of 4 GiB, in pages of 2 MiB */
    movl $pdpt + 7, (%edi)
    mov $pdpt, %edi
    movl $pd + 7, (%edi)
    movl $pd + 0x1007, 8(%edi)
    movl $pd + 0x2007, 16(%edi)
    movl $pd + 0x3007, 24(%edi)
    movl $test_pd + 7, 64(%edi) /* 8 GiB: pages of the tests */
    movl $test_pt + 7, test_pd
    mov $0x87, %eax
    mov $pd, %edi
0:  mov %eax, (%edi)
    add $0x200000, %eax
    jc 1f
    add $8, %edi
    jmp 0b
1:
to_long_mode:
    lgdt gdt_pointer
    mov $pml4, %eax
    mov %eax, %cr3
    mov %cr4, %eax
    or $0x20, %eax
    mov %eax, %cr4
    mov $0xc0000080, %ecx
    rdmsr
    or $0x100, %eax
    wrmsr
    mov %cr0, %eax
    or $0x80010001, %eax
    mov %eax, %cr0
    ljmp $8, $long_mode

    .code64
long_mode:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    lea stacks + 0x4000(%rip), %rsp
    lidt idt_pointer(%rip)
    test %ebp, %ebp
    jnz 2f
    call main
1:  hlt
    jmp 1b
2:  add $0x4000, %rsp
    call second
    jmp 1b

/* What the other processor starts with: copied to 0x8000. */
    .code16
    .globl trampoline, trampoline_end
trampoline:
    cli
    xor %ax, %ax
    mov %ax, %ds
    lgdtl gdt_pointer16 - trampoline + 0x8000
    mov %cr0, %eax
    or $1, %eax
    mov %eax, %cr0
    ljmpl $24, $trampoline32
gdt_pointer16:
    .word 39
    .long gdt
trampoline_end:
    .code32
trampoline32:
    mov $16, %eax
    mov %eax, %ds
    mov $1, %ebp
    jmp to_long_mode

    .code64
/* void trap(u64 vector, u64 *frame): frame[9] vector, [10] error, [11] rip */
    .macro stub n, error
    .globl vector_\n
vector_\n:
    .if \error == 0
    push $0
    .endif
    push $0x\n
    jmp trap_common
    .endm
    stub 01 0
    stub 03 0
    stub 06 0
    stub 0e 1
    stub 40 0
    stub 41 0
    stub 80 0
trap_common:
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    mov 72(%rsp), %rdi
    mov %rsp, %rsi
    call trap
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rax
    add $16, %rsp
    .globl trap_return
trap_return:
    iretq

    .weak second
second:
    hlt
    jmp second

    .data
    .balign 16
gdt:
    .quad 0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x00cf9b000000ffff, 0
gdt_pointer:
    .word 39
    .quad gdt
    .globl idt_pointer
idt_pointer:
    .word 4095
    .quad idt

    .bss
    .balign 4096
    .globl idt, test_pt
pml4: .skip 4096
pdpt: .skip 4096
pd: .skip 4 * 4096
test_pd: .skip 4096
test_pt: .skip 4096
idt: .skip 4096
stacks: .skip 2 * 0x4000
    .section .note.GNU-stack, "", @progbits

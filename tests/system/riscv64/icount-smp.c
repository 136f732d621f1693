/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting instructions puts two harts on one thread: refused before the first instruction.
 *
 * machine: -M virt -m 16 -smp 2 -icount shift=2 -bios none -kernel $ELF
 * refused: QEMU runs several vCPUs on one thread here
 */
void m_trap(void);
void m_trap(void)
{
}

int main(void)
{
    for (;;) {
    }
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two harts on one thread of QEMU's: refused before the first instruction.
 *
 * machine: -M virt -m 16 -smp 2 -accel tcg,thread=single -bios none -kernel $ELF
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

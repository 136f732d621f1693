/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs on a bare machine, without an operating system; see firmware.S. */

static volatile int total;

static int step(int i) /* runs 9 */
{
    if (i % 3 == 0) /* runs 9 */
        return 1;   /* runs 3 */
    return 2;       /* runs 6 */
}

void run(void) /* runs 1 */
{
    for (int i = 0; i < 9; i++) /* runs 10 */
        total += step(i);       /* runs 9 */
    if (total > 1000)           /* runs 1 */
        total = 0;              /* runs 0 */
}

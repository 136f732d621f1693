# The history is of faults.
qemu-cflow report -i golden.db --history --sort hottest 2>&1
qemu-cflow report -i golden.db --history --interrupts 2>&1

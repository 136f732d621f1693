# A view of its own.
qemu-cflow report -i golden.db --interrupts --sort bias 2>&1

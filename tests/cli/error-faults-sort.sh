# Two orders at once, and a way to add up.
qemu-cflow report -i golden.db --faults --sort bias 2>&1
qemu-cflow report -i golden.db --faults --by function 2>&1

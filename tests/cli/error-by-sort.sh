# Two orders at once.
qemu-cflow report -i golden.db --by function --sort bias 2>&1

# --kind, misspelt and out of place.
qemu-cflow report -i golden.db --kind takn 2>&1
qemu-cflow report -i golden.db --kind signal 2>&1
qemu-cflow report -i golden.db --kind entry 2>&1
qemu-cflow report -i golden.db --sort faults --kind taken 2>&1

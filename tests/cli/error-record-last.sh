# Orders of events, and numbers that are none.
qemu-cflow record -o none.db --last 5 --engine flow -- /bin/true 2>&1
qemu-cflow record -o none.db --last=-1 -- /bin/true 2>&1

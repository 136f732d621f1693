# Times that are none.
qemu-cflow record -o none.db --checkpoint=-1 -- /bin/true 2>&1
qemu-cflow record -o none.db --checkpoint=often -- /bin/true 2>&1

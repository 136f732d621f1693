# Sizes that are none, too small, or too large for anything.
qemu-cflow record -o none.db --memory= -- /bin/true 2>&1
qemu-cflow record -o none.db --memory=much -- /bin/true 2>&1
qemu-cflow record -o none.db --memory=5MB -- /bin/true 2>&1
qemu-cflow record -o none.db --memory=-1 -- /bin/true 2>&1
qemu-cflow record -o none.db --memory=63K -- /bin/true 2>&1
qemu-cflow record -o none.db --memory=99999999T -- /bin/true 2>&1
qemu-cflow record -o none.db --memory=99999999999999999999999 -- /bin/true 2>&1
qemu-cflow record -o none.db --memory=1G -- qemu-system-x86_64 -kernel none 2>&1

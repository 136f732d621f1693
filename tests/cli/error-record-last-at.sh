# Without --last there is nothing to keep; a place that is not there.
qemu-cflow record -o none.db --last-at main -- /bin/true 2>&1
qemu-cflow record -o none.db --last 5 --last-at no_such_function -- /bin/true 2>&1

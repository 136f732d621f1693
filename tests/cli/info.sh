# All that a profile says of itself.
qemu-cflow info -i golden.db

# Output that cannot be written.
qemu-cflow report -i golden.db -n 1 2>&1 >/dev/full

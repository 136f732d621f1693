# Output that cannot be written.
qemu-cflow export -f csv -i golden.db -o /dev/full 2>&1
qemu-cflow export -f csv -i golden.db -o - 2>&1 > /dev/full

# By module: the sum is that of all transfers.
qemu-cflow report -i golden.db --sysroot sysroot --by module
qemu-cflow report -i golden.db --by module --format csv --limit 0 2> /dev/null | awk -F, 'NR > 1 {sum += $1} END {print sum}'

# The same as CSV.
qemu-cflow report -i golden.db --sysroot sysroot --interrupts --limit 0 --format csv | tr -d '\r'

# A line per destination.
qemu-cflow report -i golden.db --sysroot sysroot --sort destinations --limit 2 --format csv | tr -d '\r'

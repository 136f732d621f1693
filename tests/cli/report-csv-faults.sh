# Faults as CSV.
qemu-cflow report -i golden.db --sysroot sysroot --sort faults --format csv | tr -d '\r'

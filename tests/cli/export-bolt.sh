# Branches, calls, and the straight-line code between them; outside is address 0.
qemu-cflow export -i golden.db --sysroot sysroot -f bolt -o - 2>&1

# Twice the same: every count is doubled, and nothing else.
qemu-cflow merge -o twice.db golden.db golden.db 2>&1
sqlite3 twice.db 'SELECT path, transfers, vcpus, pid FROM process'
qemu-cflow report -i twice.db --sysroot sysroot --limit 3

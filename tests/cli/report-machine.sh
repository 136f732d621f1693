# A whole machine: what its rows may mix is said in each format.
sqlite3 golden.db "UPDATE meta SET value = 'system' WHERE key = 'mode'"
qemu-cflow report -i golden.db --sysroot sysroot --limit 1
qemu-cflow report -i golden.db --sysroot sysroot --limit 1 --by module
qemu-cflow report -i golden.db --sysroot sysroot --limit 1 -f json | grep -A2 '"warnings"'
qemu-cflow report -i golden.db --sysroot sysroot --limit 1 -f csv 2>&1

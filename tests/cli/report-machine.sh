# A whole machine: what its rows may mix is said in each format.
sqlite3 golden.db "UPDATE meta SET value = 'system' WHERE key = 'mode'"
qemu-cflow report -i golden.db --sysroot sysroot --limit 1
qemu-cflow report -i golden.db --sysroot sysroot --limit 1 --by module
qemu-cflow report -i golden.db --sysroot sysroot --limit 1 -f json | grep -A2 '"warnings"'
qemu-cflow report -i golden.db --sysroot sysroot --limit 1 -f csv 2>&1
# It is no program's file.
sqlite3 golden.db "DELETE FROM process WHERE id > 1; UPDATE process SET path = ''"
qemu-cflow report -i golden.db --limit 1 2>&1 | head -1

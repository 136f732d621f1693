# An exact profile.
sqlite3 golden.db "UPDATE meta SET value = 1 WHERE key = 'exact'"
qemu-cflow report -i golden.db --sysroot sysroot -n 1 | grep counts

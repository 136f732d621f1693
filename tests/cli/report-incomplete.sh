# A profile that was cut short.
sqlite3 golden.db "UPDATE meta SET value = 0 WHERE key = 'complete'" "UPDATE meta SET value = 'QEMU was killed' WHERE key = 'exact_note'"
qemu-cflow report -i golden.db --sysroot sysroot -n 1 | grep counts

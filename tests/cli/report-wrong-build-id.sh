# A file that is no longer the one recorded gives no symbols.
sqlite3 golden.db "UPDATE module SET build_id = 'abcdef' WHERE id = 1"
qemu-cflow report -i golden.db --sysroot sysroot -n 1

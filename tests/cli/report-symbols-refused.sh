# Another build-id is refused, unless forced.
sqlite3 golden.db "UPDATE module SET build_id = 'abcdef' WHERE path LIKE '%demo'"
qemu-cflow report -i golden.db --symbols sysroot/opt/demo/bin/demo -n 1 -m demo | sed -n '9,$p'
qemu-cflow report -i golden.db --symbols sysroot/opt/demo/bin/demo -n 1 -m demo --force | sed -n '9,$p'

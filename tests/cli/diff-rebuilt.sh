# A file that was built anew: its addresses are others.
cp golden.db other.db
sqlite3 other.db "UPDATE module SET build_id = '99' WHERE id = 2; UPDATE edge SET src = src + 65536 WHERE src_module = 2;
    UPDATE edge SET dst = dst + 65536 WHERE dst_module = 2"
qemu-cflow diff --sysroot sysroot golden.db other.db

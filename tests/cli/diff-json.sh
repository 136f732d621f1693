cp golden.db other.db
sqlite3 other.db "UPDATE edge SET count = 2000 WHERE src = 0x1020 AND kind = 2;
    INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, 0x1060, 2, 0x2220, 7, 900)"
qemu-cflow diff --sysroot sysroot --format json golden.db other.db

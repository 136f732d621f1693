# Differences below the threshold are no differences.
cp golden.db other.db
sqlite3 other.db "UPDATE edge SET count = count + 20 WHERE count > 900;
    INSERT INTO edge(process,src_module,src,dst_module,dst,kind,count) VALUES(1, 1, 0x1060, 2, 0x2220, 7, 90)"
qemu-cflow diff --sysroot sysroot golden.db other.db

# Names from a file that is given, as for other verbs.
cp golden.db other.db
sqlite3 other.db "UPDATE edge SET count = count * 3 WHERE src_module = 2"
qemu-cflow diff --symbols sysroot/opt/demo/lib/libwork.so.1 golden.db other.db

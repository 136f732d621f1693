# A database of another program.
sqlite3 other.db 'CREATE TABLE t(x)'
qemu-cflow report -i other.db 2>&1

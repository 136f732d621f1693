cp golden.db other.db
sqlite3 other.db "UPDATE meta SET value = 'riscv64' WHERE key = 'isa'"
qemu-cflow diff golden.db other.db 2>&1

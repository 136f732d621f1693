cp golden.db other.db
sqlite3 other.db "UPDATE meta SET value = 'system' WHERE key = 'mode'"
qemu-cflow merge -o out.db golden.db other.db 2>&1

# What the result says of itself.
sqlite3 golden.db "UPDATE meta SET value = 'qemu-9' WHERE key = 'qemu'" '.save other.db'
sqlite3 other.db "UPDATE meta SET value = 'qemu-10' WHERE key = 'qemu';
    UPDATE meta SET value = 0 WHERE key = 'complete'"
qemu-cflow merge -o both.db golden.db other.db 2>&1
sqlite3 both.db 'SELECT * FROM meta'

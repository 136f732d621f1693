qemu-cflow merge --keep-processes -o both.db golden.db golden.db 2>&1
sqlite3 both.db 'SELECT id, pid, path, transfers FROM process'

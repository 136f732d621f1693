# The same file, built anew: two modules, and a warning.
cp golden.db other.db
sqlite3 other.db "UPDATE module SET build_id = '99' WHERE id = 1"
qemu-cflow merge -o both.db golden.db other.db 2>&1
sqlite3 both.db 'SELECT path, build_id FROM module'

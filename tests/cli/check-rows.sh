sqlite3 balanced.db < "$GOLDEN/balanced.sql"
sqlite3 balanced.db 'UPDATE edge SET dst_module = 9 WHERE kind = 4'
qemu-cflow check balanced.db

# One count changed.
sqlite3 balanced.db < "$GOLDEN/balanced.sql"
sqlite3 balanced.db 'UPDATE edge SET count = count + 1 WHERE kind = 4'
qemu-cflow check balanced.db

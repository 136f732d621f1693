sqlite3 balanced.db < "$GOLDEN/balanced.sql"
sqlite3 balanced.db 'UPDATE block SET entered = entered - 1 WHERE start = 0x1020'
qemu-cflow check -q balanced.db

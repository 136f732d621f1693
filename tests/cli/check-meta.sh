sqlite3 balanced.db < "$GOLDEN/balanced.sql"
sqlite3 balanced.db "UPDATE meta SET value = 1 WHERE key = 'transfers'"
qemu-cflow check -q balanced.db

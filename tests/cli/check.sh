sqlite3 balanced.db < "$GOLDEN/balanced.sql"
qemu-cflow check --sysroot sysroot balanced.db

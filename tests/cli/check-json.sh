sqlite3 balanced.db < "$GOLDEN/balanced.sql"
qemu-cflow check --format json golden.db balanced.db nothing.db

# One that fails makes all fail.
sqlite3 balanced.db < "$GOLDEN/balanced.sql"
head -c 5000 golden.db > short.db
qemu-cflow check -q --color always balanced.db golden.db short.db nothing.db 2>&1

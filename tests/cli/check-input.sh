# As with the other verbs, and together with arguments.
sqlite3 balanced.db < "$GOLDEN/balanced.sql"
qemu-cflow check -q -i balanced.db
qemu-cflow check -q --sysroot sysroot -i balanced.db golden.db

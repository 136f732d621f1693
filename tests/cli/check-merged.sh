# What was added up still adds up.
sqlite3 balanced.db < "$GOLDEN/balanced.sql"
qemu-cflow merge -q -o balanced.db balanced.db balanced.db balanced.db
qemu-cflow check --sysroot sysroot balanced.db

# A profile of a later version.
sqlite3 golden.db 'PRAGMA user_version = 2'
qemu-cflow info -i golden.db 2>&1

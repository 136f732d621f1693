# A profile cut short.
truncate -s 20000 golden.db
qemu-cflow info -i golden.db 2>&1

# A profile cut short.
truncate -s 20000 golden.db
qemu-cflow report -i golden.db 2>&1

# Rows that make no sense.
sqlite3 golden.db 'UPDATE edge SET count = -1 WHERE src = 0x1040'
qemu-cflow report -i golden.db 2>&1

sqlite3 golden.db "UPDATE edge SET count = 9000000000000000000 WHERE kind = 3"
qemu-cflow merge -o out.db golden.db golden.db 2>&1
ls

# A profile without one of its tables.
sqlite3 golden.db 'DROP TABLE insn'
qemu-cflow report -i golden.db 2>&1

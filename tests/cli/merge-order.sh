# The order of inputs does not matter, and the result may replace one of them.
cp golden.db other.db
sqlite3 other.db "UPDATE module SET id = 7 WHERE id = 2; UPDATE edge SET src_module = 7 WHERE src_module = 2;
    UPDATE edge SET dst_module = 7 WHERE dst_module = 2; UPDATE insn SET module = 7 WHERE module = 2;
    UPDATE block SET module = 7 WHERE module = 2; UPDATE mapping SET module = 7 WHERE module = 2"
qemu-cflow merge -q -o one.db golden.db other.db 2>&1
qemu-cflow merge -q -o golden.db other.db golden.db 2>&1
cmp one.db golden.db && echo equal
ls

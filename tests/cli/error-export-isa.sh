# Code that the optimiser does not know.
sqlite3 golden.db "UPDATE meta SET value = 'arm' WHERE key = 'isa'"
qemu-cflow export -i golden.db -f bolt -o kept 2>&1 || ls
qemu-cflow export -i golden.db -f llvm-profgen -o kept 2>&1

# Generated code, and a file none of whose code ran.
qemu-cflow export -i golden.db -f bolt -m '[anon:1]' -o kept 2>&1 || ls
sqlite3 golden.db "DELETE FROM block WHERE module = 1"
qemu-cflow export -i golden.db -f llvm-profgen -o kept 2>&1

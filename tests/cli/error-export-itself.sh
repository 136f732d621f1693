# The profile is not overwritten.
ln golden.db other.db
qemu-cflow export -f csv -i golden.db -o other.db 2>&1
cmp golden.db other.db

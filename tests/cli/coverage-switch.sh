# A switch that went to one of three places; with another table it is not enumerated.
"$GOLDEN/make-switch.sh" . || exit 1
run() { qemu-cflow coverage -i switch.db --sysroot sysroot "$@"; }
run
run --branches
run --branches --lines switch.c
run --format json
qemu-cflow annotate -i switch.db --sysroot sysroot pick
qemu-cflow export -i switch.db --sysroot sysroot --format lcov -o - 2>&1 | grep BR
sqlite3 switch.db "UPDATE edge SET dst = 0x100f WHERE src = 0x1007"
run --branches
sqlite3 switch.db "DELETE FROM edge WHERE src = 0x1007"
run --branches

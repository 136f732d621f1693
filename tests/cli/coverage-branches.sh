# Branches that never ran, or went only one way.
"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
sqlite3 cover.db 'UPDATE edge SET kind = 1 WHERE src = 0x1002'
qemu-cflow coverage -i cover.db --sysroot sysroot --branches

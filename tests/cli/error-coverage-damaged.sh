"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
sqlite3 cover.db 'UPDATE block SET completed = 9 WHERE start = 0x1000'
qemu-cflow coverage -i cover.db --sysroot sysroot 2>&1
sqlite3 cover.db 'UPDATE block SET completed = 4; UPDATE edge SET count = -1 WHERE dst = 0'
qemu-cflow coverage -i cover.db --sysroot sysroot 2>&1

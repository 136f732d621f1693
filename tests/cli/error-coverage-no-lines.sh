# No debug information; no such module; no such source; no profile; another file.
qemu-cflow coverage -i golden.db --sysroot sysroot 2>&1
"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
qemu-cflow coverage -i cover.db --sysroot sysroot --module libc.so.6 2>&1
qemu-cflow coverage -i cover.db --sysroot sysroot --lines other.c 2>&1
qemu-cflow coverage -i cover.db 2>&1
qemu-cflow coverage -i missing.db 2>&1
sqlite3 cover.db "UPDATE process SET path = '/bin/other'"
qemu-cflow coverage -i cover.db --sysroot sysroot 2>&1

# Only sources that are wanted; a source by the end of its path.
"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
qemu-cflow coverage -i cover.db --sysroot sysroot --source /src src/cover.c
qemu-cflow coverage -i cover.db --sysroot sysroot --exclude '*/cover.c' 2>&1
qemu-cflow coverage -i cover.db --sysroot sysroot --source /sr 2>&1

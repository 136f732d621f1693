# The source is gone, or is another one: counts are told all the same.
"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
rm sysroot/src/cover.c
qemu-cflow coverage -i cover.db --sysroot sysroot --lines cover.c
printf 'int one;\n\tint two;\n' > sysroot/src/cover.c
qemu-cflow coverage -i cover.db --sysroot sysroot --lines cover.c

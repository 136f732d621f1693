# Lines, branches and functions of each source file.
"$(dirname "$0")/../golden/make-coverage.sh" . || exit 1
qemu-cflow coverage -i cover.db --sysroot sysroot

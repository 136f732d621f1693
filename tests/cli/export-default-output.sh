# A format has its own default file.
qemu-cflow export -i golden.db --sysroot sysroot -f drcov 2>&1
ls

# Ranges, then branches, each with how many there are.
qemu-cflow export -i golden.db --sysroot sysroot -f llvm-profgen -o - 2>&1

# Branches that nearly always go one way.
qemu-cflow report -i golden.db --sysroot sysroot --sort bias

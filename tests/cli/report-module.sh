# A module by its name, and by its path.
qemu-cflow report -i golden.db --sysroot sysroot --module 'libwork*' | tee first
qemu-cflow report -i golden.db --sysroot sysroot --module '/opt/*/libwork.so.1' | cmp - first

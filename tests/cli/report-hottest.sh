# The default screen, without symbols.
qemu-cflow report -i golden.db

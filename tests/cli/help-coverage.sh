qemu-cflow help coverage

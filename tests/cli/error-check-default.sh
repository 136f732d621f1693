qemu-cflow check 2>&1

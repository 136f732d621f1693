qemu-cflow check -f xml golden.db 2>&1
